// The judge for compilers' output: whatever gcc and g++ write, our object is GNU as's, byte for byte: the whole file.
// And for syntax that gcc seldom writes: lists of statements in both syntaxes, and instructions made from the table in Intel's.

import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { writeObject } from "../../formats/elf32-object.ts";
import type { Form, OperandSpec } from "../../isa/instruction.ts";
import { FORMS, REGISTER_NAMES } from "../../isa/table.ts";
import { isInstalled, scratchDirectory } from "../../test/support.ts";
import { assemble } from "./index.ts";

const FIXTURES = join(dirname(fileURLToPath(import.meta.url)), "fixtures");
const scratch = scratchDirectory("compilers");
afterAll(scratch.remove);
const hasGnu = isInstalled("as") && isInstalled("readelf");
const hasCompiler =
  hasGnu && spawnSync("gcc", ["-m32", "-x", "c", "-c", "-o", "/dev/null", "-"], { input: "int x;" }).status === 0;

/** What readelf says of an object, in an order of its own: sections, their bytes, relocations, symbols. */
function describeObject(path: string): Map<string, string> {
  const read = (...flags: string[]) => execFileSync("readelf", [...flags, path], { encoding: "utf8", stdio: "pipe" });
  const found = new Map<string, string>();
  const names = new Map<string, string>();
  for (const line of read("-SW").split("\n")) {
    const parts = /^\s+\[\s*(\d+)\] (\S+)\s+(\S+)\s+[0-9a-f]{8} [0-9a-f]+ ([0-9a-f]+) ([0-9a-f]+)\s+(.*)$/.exec(line);
    if (!parts || /^(NULL|REL|SYMTAB|STRTAB|GROUP)$/.test(parts[3])) continue;
    const [, index, name, type, size, entrySize, rest] = parts;
    const words = rest.trim().split(/\s+/);
    const flags = words.length === 4 ? words[0] : "";
    const key = `${name}${found.has(`section ${name}`) ? ` ${names.size}` : ""}`;
    found.set(`section ${key}`, [type, size, entrySize, flags, words.at(-1)].join(" "));
    names.set(index, key);
  }
  const dumps = [...names.keys()].flatMap((index) => ["-x", index]);
  const bytes = read(...dumps).matchAll(/Hex dump of section '([^']+)':\n([\s\S]*?)(?=\n\n|$)/g);
  for (const [, name, dump] of bytes) {
    const lines = dump.split("\n").filter((line) => line.startsWith("  0x"));
    found.set(`bytes ${name}`, (found.get(`bytes ${name}`) ?? "") + lines.map((line) => line.slice(13, 48)).join("\n"));
  }
  let relocations: string[] = [];
  for (const line of read("-rW").split("\n")) {
    const heading = /^Relocation section '(\S+)'/.exec(line);
    if (heading) {
      relocations = [];
      found.set(`relocations ${heading[1]}`, "");
    } else if (/^[0-9a-f]{8}/.test(line)) {
      const [offset, , ...rest] = line.trim().split(/\s+/);
      relocations.push([offset, ...rest].join(" "));
      const key = [...found.keys()].at(-1) ?? "";
      found.set(key, [...relocations].sort().join("\n"));
    }
  }
  const symbols = [...read("-sW").matchAll(/^\s+\d+: (.*)$/gm)].map(([, line]) => {
    const words = line.trim().split(/\s+/);
    words[5] = names.get(words[5]) ?? words[5];
    return words.join(" ");
  });
  found.set("symbols", symbols.sort().join("\n"));
  return found;
}

function expectSame(source: string, name: string): void {
  const [theirs, ours, text] = ["gnu.o", "our.o", name].map((file) => join(scratch.path, file));
  writeFileSync(text, source);
  execFileSync("as", ["--32", "-o", theirs, text], { stdio: "pipe" });
  const made = writeObject(assemble(source, { file: text, lines: false }).object);
  if (readFileSync(theirs).equals(made)) return;
  writeFileSync(ours, made);
  // Says what it is that differs, if it is more than the order of things.
  expect(describeObject(ours)).toEqual(describeObject(theirs));
  expect(execFileSync("readelf", ["-aW", ours], { encoding: "utf8" })).toBe(
    execFileSync("readelf", ["-aW", theirs], { encoding: "utf8" }),
  );
}

function compiled(compiler: string, flags: string, file: string): string {
  const args = ["-m32", ...flags.split(" "), "-S", "-o", "-", file];
  return execFileSync(compiler, args, { encoding: "utf8", stdio: "pipe" });
}

describe.skipIf(!hasCompiler)("what gcc writes", () => {
  it.each([
    "-O0 -g",
    "-O2 -g",
    "-O1 -fno-pie",
    "-Os -g -fno-pie -gdwarf-4",
    "-O3 -g -fno-pie -msse2 -mfpmath=sse -march=pentium4",
    "-O0 -g -masm=intel",
    "-O2 -masm=intel -fno-pie -msse2 -mfpmath=sse",
    "-O2 -m16 -fno-pie -g",
    "-O2 -g -ffunction-sections -fdata-sections -fexceptions",
    "-Og -g3",
  ])("with %s", (flags) => {
    expectSame(compiled("gcc", flags, join(FIXTURES, "program.c")), "compiled.s");
  });

  const kernel = join(FIXTURES, "../../../test/toolchain/tutorial/kernel.cpp");
  it.skipIf(!isInstalled("g++")).each(["-O0 -g -masm=intel", "-O2 -g", "-O2 -gdwarf-2 -fpic"])(
    "in C++ with exceptions and %s",
    (flags) => {
      expectSame(compiled("g++", flags, join(FIXTURES, "program.cpp")), "compiled.s");
    },
  );

  it.skipIf(!isInstalled("g++")).each(["-O0 -fno-use-cxa-atexit", "-O2 -g3 -masm=intel", "-O2 -fno-pie"])(
    "in C++ with %s",
    (flags) => {
      expectSame(compiled("g++", flags, kernel), "compiled.s");
    },
  );
});

describe.skipIf(!hasGnu)("statements", () => {
  it.each([
    ["att-float-simd.txt", ""],
    ["att-float-simd.txt", ".code16"],
    ["intel.txt", ".intel_syntax noprefix"],
    ["code16gcc.txt", ".code16gcc"],
    ["directives.txt", ""],
    ["macros.txt", ""],
  ])("of %s %s", (file, mode) => {
    expectSame(`${mode}\n${readFileSync(join(FIXTURES, file), "utf8")}`, "statements.s");
  });

  it("that name nothing, and those that only jump to numbers", () => {
    expectSame("nop\n", "nameless.s");
    expectSame("call 0x1234\njmp 8\n", "numbers.s");
  });

  it.each([16, 32] as const)("made from the table, in Intel syntax and %i-bit code", (bits) => {
    const lines = FORMS.flatMap((form) => Array.from({ length: 25 }, () => intelLine(form, bits)));
    const statements = lines.filter((line) => line !== undefined);
    expect(statements.length).toBeGreaterThan(10_000);
    expectSame(`.intel_syntax noprefix\n.code${bits}\n${statements.join("\n")}\n`, "generated.s");
  });

  it.each([16, 32] as const)(
    "made from the table, of x87, MMX, 3DNow! and SSE, in AT&T syntax and %i-bit code",
    (bits) => {
      const lines = FORMS.flatMap((form) => Array.from({ length: 8 }, () => attLine(form, bits)));
      const statements = lines.filter((line) => line !== undefined);
      expect(statements.length).toBeGreaterThan(3000);
      expectSame(`.code${bits}\n${statements.join("\n")}\n`, "generated.s");
    },
  );
});

const SHORT_ADDRESSES: Readonly<Record<16 | 32, readonly string[]>> = {
  16: ["(%bx,%si)", "-2(%bp)", "%es:(%di)", "0x1234(%bx)", "symbol(%bp,%di)"],
  32: [],
};
const ATT_SUFFIX: Readonly<Record<string, string>> = { d: "s", q: "l", t: "t" };
const INTEGER_SUFFIX: Readonly<Record<string, string>> = { w: "s", d: "l", q: "ll" };

/** The same for x87, MMX, 3DNow! and SSE in AT&T syntax: suffixes for what is in memory, and the operands turned around. */
function attLine(form: Form, bits: 16 | 32): string | undefined {
  if (form.decodeOnly || form.unit === "integer" || form.operands.length === 0 || form.encodeOnly) return undefined;
  const operands = form.operands.map((spec) => operand(spec, 4, 32));
  const texts = operands.map((text, i) => {
    if (text === undefined) return undefined;
    const { place } = form.operands[i];
    if (place === "immediate") return `$${text}`;
    if (place === "rmMemory" || text.includes("["))
      return pick(["symbol", "4(%esp)", "(%eax,%ecx,4)", "%fs:8(%ebp)", "0x1234(,%esi,8)", ...SHORT_ADDRESSES[bits]]);
    return `%${text}`;
  });
  if (texts.includes(undefined)) return undefined;
  const [first] = form.operands;
  let name = form.mnemonic;
  if (form.unit === "x87" && first.place === "rmMemory" && !/^f(n?st[cs]w|ldcw|b)/.test(name))
    name += (name.startsWith("fi") ? INTEGER_SUFFIX : ATT_SUFFIX)[first.size] ?? "";
  if (name === "crc32") name += form.operands[1].size === "b" ? "b" : "l";
  return `${name} ${texts.reverse().join(", ")}`;
}

let seed = 11;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}
function pick<T>(choices: readonly T[]): T {
  return choices[random(choices.length)];
}

const POINTERS: Readonly<Record<number, string>> = {
  1: "BYTE",
  2: "WORD",
  4: "DWORD",
  8: "QWORD",
  10: "TBYTE",
  16: "XMMWORD",
};

function memory(bytes: number, bits: 16 | 32): string {
  const pointer = POINTERS[bytes] ? `${POINTERS[bytes]} PTR ` : "";
  const segment = random(6) === 0 ? `${pick(["es", "fs", "gs", "ss"])}:` : "";
  const displacement = pick(["", "+4", "-128", "+0x1234", "+symbol"]);
  if (bits === 16) return `${pointer}${segment}[${pick(["bx", "bp", "si", "bx+si", "bp+di"])}${displacement}]`;
  const base = pick(REGISTER_NAMES.r32);
  const index = pick(REGISTER_NAMES.r32.filter((name) => name !== "esp"));
  switch (random(4)) {
    case 0:
      return `${pointer}${segment}[${base}${displacement}]`;
    case 1:
      return `${pointer}${segment}[${base}+${index}*${pick([2, 4, 8])}${displacement}]`;
    case 2:
      return `${pointer}${segment}symbol[${index}*${pick([2, 4, 8])}${displacement.replace("+symbol", "")}]`;
    default:
      return `${pointer}${segment}${pick(["4", "-8", "symbol"])}[${base}]`;
  }
}

function operand(spec: OperandSpec, operandBytes: number, bits: 16 | 32): string | undefined {
  const bytes = { b: 1, w: 2, d: 4, v: operandBytes, z: operandBytes, p: 0, a: 0, s: 0, q: 8, t: 10, o: 16, n: 0 }[
    spec.size
  ];
  const general = bytes === 1 ? REGISTER_NAMES.r8 : bytes === 2 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32;
  const names: readonly string[] = spec.registers === "general" ? general : REGISTER_NAMES[spec.registers];
  switch (spec.place) {
    case "rm":
      return random(2) === 0 ? memory(bytes, bits) : pick(names);
    case "rmMemory":
      return memory(bytes, bits);
    case "rmRegister":
    case "reg":
    case "opcode":
      return pick(names);
    case "fixed":
      return names[spec.register];
    case "immediate":
      return `${pick([0, 1, 100, -1, ...(bytes === 1 ? [] : [0x1234, 127, 128])])}`;
    case "one":
      return "1";
    default:
      return undefined;
  }
}

/** A line that asks for the form, or undefined where Intel syntax has other words or GNU as other limits. */
function intelLine(form: Form, bits: 16 | 32): string | undefined {
  if (form.decodeOnly || form.level === "p4" || form.operands.length === 0 || form.encodeOnly) return undefined;
  // Segment and descriptor registers, far pointers and implied operands are in the list of statements.
  if (
    /^(lar|lsl|bound|l[defgs]s|lss|[ls][gi]dt|sldt|str|smsw|callf|jmpf|call|jmp|push|retf?|enter|salc|int|mov[sz]x)$/.test(
      form.mnemonic,
    )
  )
    return undefined;
  if (form.operands.some((spec) => ["p", "a", "s"].includes(spec.size))) return undefined;
  const operandBytes = form.onlyOperandSize !== 0 ? form.onlyOperandSize / 8 : pick([2, 4]);
  const operands = form.operands.map((spec) => operand(spec, operandBytes, bits));
  return operands.includes(undefined) ? undefined : `${form.mnemonic} ${operands.join(", ")}`;
}
