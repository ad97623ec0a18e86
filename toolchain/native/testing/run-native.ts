// Runs compiled functions on this processor: the object becomes a static Linux program for i386 whose _start calls each case
// and writes the results to standard output. Needs GNU as and ld, and a kernel that runs 32-bit programs.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ElfObject, writeObject } from "../../../formats/elf32-object.ts";
import type { CorpusEntry } from "../fixtures.ts";

export interface NativeCase {
  /** Name of a global symbol. */
  export: string;
  /** Argument words, first to last. */
  words: number[];
}

export interface NativeRun {
  /** EAX and EDX after each case, and the signal that ended it, or 0; fewer than cases when the program died. */
  results: { words: [number, number]; signal: number }[];
  /** The bytes of the window after all cases. */
  memory: Uint8Array;
  /** "" or how it died. */
  failure: string;
}

/** Whether this machine can. */
export function canRunNative(): boolean {
  if (process.platform !== "linux" || process.arch !== "x64") return false;
  const tools = ["as", "ld"].every((tool) => spawnSync(tool, ["--version"]).status === 0);
  return tools && RUNS_32_BIT();
}

const RUNS_32_BIT = (): boolean => {
  const directory = mkdtempSync(join(tmpdir(), "native-"));
  try {
    const program = link(directory, ".globl _start\n_start: mov $1, %eax\nxor %ebx, %ebx\nint $0x80\n", [], []);
    return spawnSync(program).status === 0;
  } finally {
    rmSync(directory, { recursive: true });
  }
};

function link(directory: string, source: string, objects: string[], flags: string[]): string {
  const program = join(directory, "program");
  writeFileSync(join(directory, "start.s"), source);
  execFileSync("as", ["--32", "-o", join(directory, "start.o"), join(directory, "start.s")]);
  execFileSync(
    "ld",
    ["-m", "elf_i386", "-z", "noexecstack", ...flags, "-o", program, join(directory, "start.o"), ...objects],
    { stdio: "pipe" },
  );
  return program;
}

const RESULT_BYTES = 12;
const TIMEOUT_MS = 20_000;
/** SIGILL, SIGFPE: how a trap shows. */
const TRAPS = [4, 8];
const SA_NODEFER = 0x40000000;
const RT_SIGACTION = 174;

/** Floats are rounded to 53 bits. A trap ends its case: the handler goes on as if the function had returned. EBX, ESI, EDI and EBP hold known words before each call and must hold them after. */
const START = `
.globl _start
_start:
  fldcw control
${TRAPS.map((signal) => `mov $${RT_SIGACTION}, %eax; mov $${signal}, %ebx; mov $action, %ecx; xor %edx, %edx; mov $8, %esi; int $0x80`).join("\n")}
  mov $cases, %esi
next:
  mov (%esi), %eax
  test %eax, %eax
  jz finish
  mov 4(%esi), %ecx
  lea 8(%esi,%ecx,4), %edx
  mov %edx, following
  mov %esp, stack
push_words:
  dec %ecx
  js call_it
  push 8(%esi,%ecx,4)
  jmp push_words
call_it:
  mov $0x11111111, %ebx
  mov $0x22222222, %esi
  mov $0x33333333, %edi
  mov $0x44444444, %ebp
  call *%eax
  cmp $0x11111111, %ebx
  jne broken
  cmp $0x22222222, %esi
  jne broken
  cmp $0x33333333, %edi
  jne broken
  cmp $0x44444444, %ebp
  jne broken
  fnstenv environment
  cmpw $0xffff, environment+8
  jne left_over
  movl $0, result+8
write_result:
  mov stack, %esp
  mov %eax, result
  mov %edx, result+4
  mov $4, %eax
  mov $1, %ebx
  mov $result, %ecx
  mov $12, %edx
  int $0x80
  mov following, %esi
  jmp next
trapped:
  mov 4(%esp), %eax
  mov %eax, result+8
  fninit
  fldcw control
  jmp write_result
left_over:
  mov $1, %eax
  mov $78, %ebx
  int $0x80
broken:
  mov $1, %eax
  mov $77, %ebx
  int $0x80
finish:
  mov $4, %eax
  mov $1, %ebx
  mov $WINDOW, %ecx
  mov $WINDOW_SIZE, %edx
  int $0x80
  mov $1, %eax
  xor %ebx, %ebx
  int $0x80
.comm result, 12, 4
.comm following, 4, 4
.comm stack, 4, 4
.comm environment, 28, 4
.section .rodata
control: .word 0x27f
.align 4
action: .long trapped, ${SA_NODEFER}, 0, 0, 0
`;

export function runNative(
  object: ElfObject,
  cases: NativeCase[],
  window: { address: number; size: number },
  memoryBase: number,
  keep?: string,
): NativeRun {
  const directory = keep ?? mkdtempSync(join(tmpdir(), "native-"));
  try {
    writeFileSync(join(directory, "code.o"), writeObject(object));
    const table = cases.map((c) => `.long "${c.export}", ${[c.words.length, ...c.words].join(", ")}`);
    const source = [START, "cases:", ...table, ".long 0", ""].join("\n");
    const program = link(
      directory,
      source,
      [join(directory, "code.o")],
      [
        `--section-start=.wasm.data=0x${memoryBase.toString(16)}`,
        `--defsym=WINDOW=0x${window.address.toString(16)}`,
        `--defsym=WINDOW_SIZE=${window.size}`,
      ],
    );
    const { stdout, status, signal } = spawnSync(program, { maxBuffer: 1 << 28, timeout: TIMEOUT_MS });
    const count = Math.min(cases.length, Math.floor(stdout.length / RESULT_BYTES));
    const word = (i: number, j: number) => stdout.readInt32LE(RESULT_BYTES * i + 4 * j);
    const results = Array.from({ length: count }, (_, i) => ({
      words: [word(i, 0), word(i, 1)] satisfies [number, number],
      signal: word(i, 2),
    }));
    const failure =
      status === 0
        ? ""
        : status === 77
          ? "a callee-saved register changed"
          : status === 78
            ? "the floating-point stack is not empty"
            : `${signal ?? status}`;
    return { results, memory: stdout.subarray(RESULT_BYTES * cases.length), failure };
  } finally {
    if (!keep) rmSync(directory, { recursive: true });
  }
}

/** What is wrong with the results of an entry's cases and with its memory, one line each. */
export function nativeMistakes({ name, object, cases, window, memoryBase, memory }: CorpusEntry): string[] {
  const run = runNative(object, cases, window, memoryBase);
  const show = (words: readonly number[]) => words.map((word) => (word >>> 0).toString(16)).join(":");
  const wrong = cases.flatMap((c, i) => {
    const call = `${name}: ${c.export}(${show(c.words)})`;
    const { words = [], signal = 0 } = run.results[i] ?? {};
    if (c.traps || signal !== 0)
      return c.traps && TRAPS.includes(signal)
        ? []
        : [`${call} ${c.traps ? "does not trap" : `traps, signal ${signal}`}`];
    const found = words.slice(0, c.result.length);
    return found.join() === c.result.join() ? [] : [`${call} = ${show(c.result)}, found ${show(found)}`];
  });
  if (run.failure) wrong.unshift(`${name}: ${run.failure}`);
  const at = memory.findIndex((byte, i) => byte !== run.memory[i]);
  if (at >= 0) wrong.push(`${name}: byte ${at} of memory is ${memory[at]}, found ${run.memory[at]}`);
  return wrong;
}
