// The names of the processor's exceptions, for those who report one.

// Intel SDM volume 3, table 6-1.
const EXCEPTION_NAMES: StaticArray<string> = [
  "divide error",
  "debug exception",
  "non-maskable interrupt",
  "breakpoint",
  "overflow",
  "bound range exceeded",
  "invalid opcode",
  "device not available",
  "double fault",
  "coprocessor segment overrun",
  "invalid TSS",
  "segment not present",
  "stack segment fault",
  "general protection fault",
  "page fault",
  "reserved exception 15",
  "x87 floating-point error",
  "alignment check",
  "machine check",
  "SIMD floating-point error",
  "virtualization exception",
  "control protection exception",
];

/** What exception `vector` is called. */
export function exceptionName(vector: u32): string {
  return vector < (EXCEPTION_NAMES.length as u32) ? EXCEPTION_NAMES[vector] : "reserved exception";
}
