// Instruction text, by example; test/isa/objdump.test.ts compares all of it with GNU objdump.

import { describe, expect, test } from "vitest";
import { decode } from "./decode.ts";
import { disassemble } from "./disassemble.ts";
import { formatInstruction } from "./format.ts";

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.split(" "), (byte) => Number.parseInt(byte, 16));
}

function text(hex: string, syntax: "att" | "intel", bits: 16 | 32 = 32): string {
  const instruction = decode(bytesOf(hex), 0, bits);
  return "failure" in instruction ? instruction.failure : formatInstruction(instruction, { syntax, address: 0x1000 });
}

describe("instruction text", () => {
  test.each([
    ["83 45 fc 01", "addl   $0x1,-0x4(%ebp)", "add    DWORD PTR [ebp-0x4],0x1"],
    ["65 a1 14 00 00 00", "mov    %gs:0x14,%eax", "mov    eax,gs:0x14"],
    ["0f b6 44 88 01", "movzbl 0x1(%eax,%ecx,4),%eax", "movzx  eax,BYTE PTR [eax+ecx*4+0x1]"],
    ["8d b4 26 00 00 00 00", "lea    0x0(%esi,%eiz,1),%esi", "lea    esi,[esi+eiz*1+0x0]"],
    ["66 90", "xchg   %ax,%ax", "xchg   ax,ax"],
    ["f3 c3", "repz ret", "repz ret"],
    ["f3 a5", "rep movsl %ds:(%esi),%es:(%edi)", "rep movs DWORD PTR es:[edi],DWORD PTR ds:[esi]"],
    ["66 2e 0f 1f 44 00 00", "nopw   %cs:0x0(%eax,%eax,1)", "nop    WORD PTR cs:[eax+eax*1+0x0]"],
    ["ea 00 10 00 00 08 00", "ljmp   $0x8,$0x1000", "jmp    0x8:0x1000"],
    ["0f 01 10", "lgdtl  (%eax)", "lgdtd  [eax]"],
    ["dd 45 08", "fldl   0x8(%ebp)", "fld    QWORD PTR [ebp+0x8]"],
    ["de e9", "fsubrp %st,%st(1)", "fsubp  st(1),st"],
    ["f2 0f 58 c1", "addsd  %xmm1,%xmm0", "addsd  xmm0,xmm1"],
    ["0f c2 c1 01", "cmpltps %xmm1,%xmm0", "cmpltps xmm0,xmm1"],
    ["0f 0f c1 9e", "pfadd  %mm1,%mm0", "pfadd  mm0,mm1"],
    ["d6", "(bad)", "(bad)"],
  ])("%s", (hex, att, intel) => {
    expect(text(hex, "att")).toBe(att);
    expect(text(hex, "intel")).toBe(intel);
  });

  test("marks what has another size than the code", () => {
    expect(text("66 6a 05", "att", 16)).toBe("pushl  $0x5");
    expect(text("6a 05", "att", 16)).toBe("push   $0x5");
    expect(text("66 c3", "att")).toBe("retw");
  });

  test("names jump targets", () => {
    const instruction = decode(bytesOf("e8 fb 0f 00 00"), 0, 32);
    if ("failure" in instruction) throw new TypeError(instruction.failure);
    const at = { syntax: "att", address: 0x1000 } as const;
    expect(formatInstruction(instruction, at)).toBe("call   0x2000");
    expect(formatInstruction(instruction, { ...at, symbolize: () => undefined })).toBe("call   2000");
    const symbolize = (address: number) => `main+0x${(address - 0x1ff0).toString(16)}`;
    expect(formatInstruction(instruction, { ...at, symbolize })).toBe("call   2000 <main+0x10>");
  });
});

describe("disassemble", () => {
  const lines = (hex: string): string[] => {
    const bytes = bytesOf(hex);
    const found: string[] = [];
    for (let at = 0; at < bytes.length; ) {
      const { text, length } = disassemble(bytes, at, 32, { syntax: "att", address: at });
      found.push(`${length} ${text}`);
      at += length;
    }
    return found;
  };

  test.each([
    ["9b d9 7d fc", ["4 fstcw  -0x4(%ebp)"]],
    ["9b 90", ["1 fwait", "1 nop"]],
    ["0f 04 90", ["2 (bad)", "1 nop"]],
    ["66 8d c0", ["2 data16 (bad)", "1 .byte 0xc0"]],
    ["f0 01 c0", ["3 lock add %eax,%eax"]],
    ["90 66 e8 00", ["1 nop", "1 data16", "1 .byte 0xe8", "1 .byte 0x0"]],
  ])("%s", (hex, expected) => {
    expect(lines(hex)).toEqual(expected);
  });

  test("shows fourteen prefixes at most", () => {
    const bytes = new Uint8Array(20).fill(0x2e);
    const { text, length } = disassemble(bytes, 0, 32, { syntax: "att", address: 0 });
    expect(length).toBe(14);
    expect(text).toBe(Array(14).fill("cs").join(" "));
  });
});
