import { describe, expect, test } from "vitest";
import { CpuConfigurationError } from "./errors.ts";
import { cpuModel, cpuModelHelp } from "./models.ts";
import { Bench, system } from "./program.testing.ts";

const bench = (model: string): Bench => new Bench(4 << 20, undefined, model);

describe("a name", () => {
  test("may be another program's", () => {
    expect(cpuModel("qemu32").name).toBe("max");
    expect(cpuModel("P3_Katmai").name).toBe("pentium3");
  });

  test("takes features as QEMU does", () => {
    expect(cpuModel("pentium,-tsc").features.has("tsc")).toBe(false);
    expect(cpuModel("pentium,+cmov").features.has("cmov")).toBe(true);
    expect(cpuModel("pentium,cmov=on,tsc=off").features).toEqual(cpuModel("pentium,+cmov,-tsc").features);
  });

  test.each(["z80", "", "pentium,", "pentium,+frobnicate", "pentium,tsc", "pentium,-tsc=on"])(
    "%j is refused",
    (text) => {
      expect(() => cpuModel(text)).toThrow(CpuConfigurationError);
    },
  );

  test("stands in the list that --cpu help prints", () => {
    for (const name of ["max", "386", "486", "pentium", "pentiumpro", "pentium3", "pentium4"])
      expect(cpuModelHelp()).toMatch(new RegExp(`^ *${name} `, "m"));
  });
});

/** What programs do to find out what they run on: toggle AC, toggle ID, then CPUID. Results at `found`. */
const DETECT = `
        .set    found, 0x4200
        .macro  toggle bit, at
        pushfl
        popl    %eax
        movl    %eax, %ecx
        xorl    $\\bit, %eax
        pushl   %eax
        popfl
        pushfl
        popl    %eax
        xorl    %ecx, %eax
        andl    $\\bit, %eax
        movl    %eax, found + \\at
        pushl   %ecx
        popfl
        .endm
main:   movl    %edx, found
        toggle  0x40000, 4
        toggle  0x200000, 8
        cmpl    $0, found + 8
        je      1f
        xorl    %eax, %eax
        cpuid
        movl    %eax, found + 12
        movl    %ebx, found + 16
        movl    $1, %eax
        cpuid
        movl    %eax, found + 20
1:      hlt
`;

/** `GenuineIntel` begins so. */
const GENU = 0x756e6547;

test.each([
  ["386", [0x308, 0, 0, 0, 0, 0]],
  ["486", [0x432, 0x40000, 0, 0, 0, 0]],
  ["486dx4", [0x480, 0x40000, 0x200000, 1, GENU, 0x480]],
  ["pentium", [0x52c, 0x40000, 0x200000, 1, GENU, 0x52c]],
  ["pentiumpro", [0x619, 0x40000, 0x200000, 2, GENU, 0x619]],
  ["pentium3", [0x686, 0x40000, 0x200000, 2, GENU, 0x686]],
  ["pentium4", [0xf29, 0x40000, 0x200000, 2, GENU, 0xf29]],
])("%s is what detection finds: EDX at reset, AC, ID, CPUID", (model, found) => {
  expect(system(DETECT, bench(model)).finish().words("found", 6)).toEqual(found);
});

test("the brand string, and leaves beyond the last", () => {
  const { cpu } = system(
    `
        .set    text, 0x4200
main:   movl    $text, %edi
        movl    $0x80000002, %esi
1:      movl    %esi, %eax
        cpuid
        stosl
        movl    %ebx, %eax
        stosl
        movl    %ecx, %eax
        stosl
        movl    %edx, %eax
        stosl
        incl    %esi
        cmpl    $0x80000005, %esi
        jb      1b
        movl    $0x7fffffff, %eax
        cpuid
        hlt
  `,
    bench("pentium4"),
  ).finish();
  const text = new TextDecoder().decode(cpu.memory.read(0x4200, 48));
  expect(text.replace(/\0+$/, "")).toBe("Intel(R) Pentium(R) 4 CPU 2.40GHz");
  expect(cpu.registers.general("eax")).toBe(0x665b5101);
});

/** The vector that an instruction raises in ring 0, or -1. */
function vectorOf(model: string, instruction: string): number {
  const run = system(
    `main: movl $0x5000, %edi; xorl %ecx, %ecx; ${instruction}; nop; movl $-1, seen; hlt`,
    bench(model),
  );
  return run.finish().word("seen") | 0;
}

describe("an instruction that the model does not have is #UD", () => {
  test.each([
    ["bswapl %eax", "386", "486"],
    ["xaddl %eax, (%edi)", "386", "486"],
    ["cmpxchgl %eax, (%edi)", "386", "486"],
    ["invlpg (%edi)", "386", "486"],
    ["wbinvd", "386", "486"],
    ["movl %cr4, %eax", "386", "486dx4"],
    ["cpuid", "486", "486dx4"],
    ["rdtsc", "486", "pentium"],
    ["movl $0x10, %ecx; rdmsr", "486dx4", "pentium"],
    ["cmpxchg8b (%edi)", "486dx4", "pentium"],
    ["cmovel %eax, %ebx", "pentium", "pentiumpro"],
    ["fcomi %st(1), %st", "pentium", "pentiumpro"],
    [".byte 0x0f, 0x1f, 0xc0", "pentium", "pentiumpro"],
    ["cmovel %eax, %ebx", "max,-cmov", "pentium,+cmov"],
  ])("%s: not on %s, but on %s", (instruction, without, having) => {
    expect([vectorOf(without, instruction), vectorOf(having, instruction)]).toEqual([6, -1]);
  });
});

describe("bits that the model does not have", () => {
  test("stay clear in CR0", () => {
    const { cpu } = system(
      "main: movl %cr0, %eax; orl $0x50020, %eax; movl %eax, %cr0; movl %cr0, %eax; hlt",
      bench("386"),
    ).finish();
    expect(cpu.registers.general("eax")).toBe(0x11);
  });

  test("are #GP in CR4", () => {
    expect(vectorOf("486dx4", "movl $0x10, %eax; movl %eax, %cr4")).toBe(13);
    expect(vectorOf("pentium", "movl $0x10, %eax; movl %eax, %cr4")).toBe(-1);
    expect(vectorOf("pentium,-pse", "movl $0x10, %eax; movl %eax, %cr4")).toBe(13);
  });
});

test("a saved state belongs to its model", () => {
  const saved = bench("pentium").cpu.save();
  expect(() => bench("486").cpu.load(saved)).toThrow("expected model 486, found pentium");
  bench("pentium").cpu.load(saved);
});
