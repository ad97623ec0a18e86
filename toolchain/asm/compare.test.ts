// The judge: GNU as, where it is installed. Instructions made from the table, and whole programs, must come out byte for byte.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { type ElfObject, readObject, writeObject } from "../../formats/elf32-object.ts";
import type { Form, OperandSpec } from "../../isa/instruction.ts";
import { FORMS, REGISTER_NAMES } from "../../isa/table.ts";
import { assemble } from "./index.ts";

const hasGnu = spawnSync("as", ["--version"]).status === 0 && spawnSync("objdump", ["--version"]).status === 0;
const hasCompiler =
  spawnSync("gcc", ["-m32", "-x", "c", "-c", "-o", "/dev/null", "-"], { input: "int x;" }).status === 0;
const directory = mkdtempSync(join(tmpdir(), "minios-asm-"));
afterAll(() => rmSync(directory, { recursive: true }));

function gnu(source: string): ElfObject {
  return readObject(gnuBytes(source, directory), "gnu.o");
}

function gnuBytes(source: string, from: string): Buffer {
  const path = join(directory, "gnu.o");
  execFileSync("as", ["--32", "-I", directory, "-o", path, "-"], {
    input: source,
    cwd: from,
    stdio: ["pipe", "ignore", "pipe"],
  });
  return readFileSync(path);
}

function contents(object: ElfObject): Map<string, string> {
  const found = new Map<string, string>();
  for (const section of object.sections) {
    if (section.name.startsWith(".debug") || (section.data instanceof Uint8Array && section.data.length === 0))
      continue;
    const data =
      section.data instanceof Uint8Array ? Buffer.from(section.data).toString("hex") : `${section.data.size}`;
    const relocations = section.relocations
      .map(({ offset, type, symbol }) => {
        const target = symbol.name || (typeof symbol.section === "string" ? symbol.section : symbol.section.name);
        return `${offset.toString(16)} ${type} ${target}`;
      })
      .sort();
    found.set(section.name, [section.type, section.flags, section.align, data, ...relocations].join("\n"));
  }
  return found;
}

/** Named symbols with what they mean. */
function symbols(object: ElfObject): string[] {
  return object.symbols
    .filter((symbol) => symbol.name !== "" && symbol.type !== 4)
    .map(({ name, binding, type, section, value, size }) =>
      [name, binding, type, typeof section === "string" ? section : section.name, value, size].join(" "),
    )
    .sort();
}

// A generator of AT&T text for the forms of the table.

let seed = 1;
function random(limit: number): number {
  seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
  return Math.floor((seed / 2 ** 32) * limit);
}
function pick<T>(choices: readonly T[]): T {
  return choices[random(choices.length)];
}

const NAMES: Readonly<Record<string, string>> = {
  jmpf: "ljmp",
  callf: "lcall",
  retf: "lret",
  pushf: "pushfw",
  pushfd: "pushfl",
  popf: "popfw",
  popfd: "popfl",
  pusha: "pushaw",
  pushad: "pushal",
  popa: "popaw",
  popad: "popal",
  iret: "iretw",
  iretd: "iretl",
  cbw: "cbtw",
  cwde: "cwtl",
  cwd: "cwtd",
  cdq: "cltd",
  movsd: "movsl",
  cmpsd: "cmpsl",
  stosd: "stosl",
  lodsd: "lodsl",
  scasd: "scasl",
  insd: "insl",
  outsd: "outsl",
};

const VALUES = [
  0, 1, 3, -1, 127, 128, -128, -129, 255, 256, 0x7fff, 0x8000, 0xffff, 0x12345678, 0x7fffffff, -0x80000000,
];

function immediate(bytes: number): string {
  if (random(8) === 0) return bytes === 1 ? "$byte_value" : "$symbol";
  const limit = 2 ** (8 * bytes);
  const fitting = VALUES.filter((value) => value >= -limit / 2 && value < limit);
  return `$${pick(fitting)}`;
}

function memory(bits: 16 | 32): string {
  const size = random(5) === 0 ? 48 - bits : bits;
  const segment = random(6) === 0 ? `%${pick(REGISTER_NAMES.sreg)}:` : "";
  const displacements = size === 16 ? VALUES.filter((value) => Math.abs(value) < 0x8000) : VALUES;
  const displacement = pick(["", "", "symbol", "symbol+4", `${pick(displacements)}`, `${pick(displacements)}`]);
  if (size === 16) {
    const registers = pick(["%bx", "%bp", "%si", "%di", "%bx,%si", "%bx,%di", "%bp,%si", "%bp,%di"]);
    return `${segment}${displacement}(${registers})`;
  }
  const base = pick(REGISTER_NAMES.r32);
  const index = pick(REGISTER_NAMES.r32.filter((name) => name !== "esp"));
  switch (random(4)) {
    case 0:
      return `${segment}${displacement}(%${base})`;
    case 1:
      return `${segment}${displacement}(%${base},%${index},${pick([1, 2, 4, 8])})`;
    case 2:
      return `${segment}${displacement}(,%${index},${pick([2, 4, 8])})`;
    default:
      return `${segment}${pick(["symbol", "symbol-8", "0x1234", "0x7fff"])}`;
  }
}

function bytesOf(spec: OperandSpec, operandSize: 16 | 32): number {
  return { b: 1, w: 2, d: 4, v: operandSize / 8, z: operandSize / 8, p: 0, a: 0, s: 0, q: 8, t: 10, o: 16, n: 0 }[
    spec.size
  ];
}

function register(bytes: number, index = random(8)): string {
  return `%${(bytes === 1 ? REGISTER_NAMES.r8 : bytes === 2 ? REGISTER_NAMES.r16 : REGISTER_NAMES.r32)[index]}`;
}

function operand(spec: OperandSpec, operandSize: 16 | 32, bits: 16 | 32): string | undefined {
  const bytes = bytesOf(spec, operandSize);
  switch (spec.place) {
    case "rm":
      return random(3) > 0 || spec.size === "n" ? memory(bits) : register(bytes);
    case "rmMemory":
      return memory(bits);
    case "rmRegister":
    case "reg":
    case "opcode":
      return register(bytes);
    case "fixed":
      return register(bytes, spec.register);
    case "sreg":
      return `%${pick(["es", "ss", "ds", "fs", "gs"])}`;
    case "fixedSreg":
      return `%${REGISTER_NAMES.sreg[spec.register]}`;
    case "cr":
      return `%cr${pick([0, 2, 3, 4])}`;
    case "dr":
      return `%dr${pick([0, 1, 2, 3, 6, 7])}`;
    case "immediate":
      return immediate(spec.signExtended ? operandSize / 8 : bytes);
    case "one":
      return "$1";
    case "moffs":
      return pick(["symbol", "0x1234", "%es:symbol"]);
    default:
      return undefined;
  }
}

/** One line of AT&T text for a form, or undefined where text can't ask for that form. */
function line(form: Form, bits: 16 | 32): string | undefined {
  const { mnemonic } = form;
  if (form.decodeOnly || form.unit !== "integer" || form.level === "p4" || mnemonic === "salc") return undefined;
  const operandSize = form.onlyOperandSize !== 0 ? form.onlyOperandSize : pick([16, 32] as const);
  const places = form.operands.map((spec) => spec.place);
  const name = NAMES[mnemonic] ?? mnemonic;
  const suffix = operandSize === 16 ? "w" : "l";
  if (places[0] === "relative") return `${name} . + ${pick([-100, -3, 2, 60, 120])}`;
  if (places[0] === "far")
    return `ljmp${suffix} $${random(0x10000)}, $${pick(["symbol", "0x1234"])}`.replace("ljmp", name);
  if (places.some((place) => place === "source" || place === "destination")) {
    const prefix =
      form.repeat === "" || random(2) === 0 ? "" : form.repeat === "rep" ? "rep " : pick(["repe ", "repne "]);
    return prefix + name;
  }
  if (mnemonic === "xlat") return "xlat";
  const operands = form.operands.map((spec) => operand(spec, operandSize, bits));
  if (operands.includes(undefined)) return undefined;
  const texts = operands.map((text) => text ?? "");
  if (mnemonic !== "bound" && mnemonic !== "enter") texts.reverse();
  const indirect = ["jmp", "call", "jmpf", "callf"].includes(mnemonic) ? "*" : "";
  let full = name;
  if (mnemonic === "movzx" || mnemonic === "movsx")
    full = `mov${mnemonic[3]}${form.operands[1].size === "b" ? "b" : "w"}${suffix}`;
  else if (
    form.operands.some((spec) => "vp".includes(spec.size)) ||
    /^(push|pop|ret|retf|enter|leave|[ls][gi]dt)$/.test(mnemonic)
  )
    full += suffix;
  else if (form.operands.some((spec) => spec.size === "b" && spec.place === "rm") && !/^(set|mov|xlat)/.test(mnemonic))
    full += "b";
  else if (mnemonic === "mov" && form.operands.some((spec) => spec.size === "b")) full += "b";
  // What GNU as does not take: a byte of a move twice as wide, a suffix where only one size exists, and the like.
  if (full === "movzww" || full === "movsww" || (full === "jmpw" && bits === 32) || (full === "jmpl" && bits === 16))
    return undefined;
  if (/^(lar|lsl|bound|les|lds|lss|lfs|lgs|str|sldt|smsw)/.test(mnemonic)) full = name;
  if (mnemonic === "mov" && places.some((place) => ["sreg", "cr", "dr"].includes(place))) full = "mov";
  return `${full} ${texts.map((text) => indirect + text).join(", ")}`.trim();
}

function program(bits: 16 | 32, perForm: number): string[] {
  const lines = [`.code${bits}`, ".set byte_value, 7"];
  for (const form of FORMS) {
    for (let i = 0; i < perForm; i++) {
      const text = line(form, bits);
      if (text !== undefined) lines.push(text);
    }
  }
  return lines;
}

describe.skipIf(!hasGnu)("GNU as agrees", () => {
  it.each([16, 32] as const)("on instructions of every form in %i-bit code", (bits) => {
    const lines = program(bits, 40);
    expect(lines.length).toBeGreaterThan(12_000);
    const ours = assemble(lines.join("\n"), { file: "generated.s" }).object;
    const theirs = gnu(lines.join("\n"));
    expect(symbols(ours)).toEqual(symbols(theirs));
    const [mine, other] = [contents(ours).get(".text") ?? "", contents(theirs).get(".text") ?? ""];
    if (mine !== other) expect(firstDifference(lines)).toBe("no difference");
  });

  it("on every jump distance around the limits", () => {
    for (const bits of [16, 32]) {
      const lines = [`.code${bits}`];
      for (let distance = 118; distance < 134; distance++)
        lines.push(
          `a${distance}: jmp b${distance}; je a${distance}; .skip ${distance}, 0x90; jne a${distance}; b${distance}: jmp a${distance}`,
        );
      const source = lines.join("\n");
      expect(contents(assemble(source, { file: "jumps.s" }).object)).toEqual(contents(gnu(source)));
    }
  });

  it.each([16, 32])("on alignment in data and %i-bit code", (bits) => {
    const lines = [`.code${bits}`];
    for (let gap = 0; gap < 150; gap++) {
      lines.push(`nop; .skip ${255 - gap}, 0xcc; .balign 256`);
      lines.push(".data; .byte 1; .balign 8, 0x90; .p2align 4,,7; .text");
    }
    const source = lines.join("\n");
    const [ours, theirs] = [contents(assemble(source, { file: "align.s" }).object), contents(gnu(source))];
    expect(ours.get(".data")).toBe(theirs.get(".data"));
    expect(ours.get(".text") === theirs.get(".text")).toBe(true);
  });

  it("on the assembly files of this repository", () => {
    const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
    const files = assemblyFiles(root);
    let compared = 0;
    for (const file of files) {
      const source = readFileSync(file, "utf8");
      const folder = dirname(file);
      makeMissingParts(source, folder);
      const theirs = attempt(() => gnuBytes(source, folder));
      // Some files need symbols from the command line.
      if (!theirs) continue;
      compared++;
      const { object } = assemble(source, {
        file,
        lines: false,
        include: (path) => readText(join(folder, path)),
        incbin: (path) => readFileSync([folder, directory].map((part) => join(part, path)).find(existsSync) ?? path),
      });
      if (theirs.equals(writeObject(object))) continue;
      expect(contents(object), file).toEqual(contents(readObject(theirs, file)));
      expect.fail(`${file}: the object has GNU's contents, but in another order`);
    }
    expect(compared).toBeGreaterThan(files.length * 0.7);
  });

  it.skipIf(!hasCompiler).each(["-O0", "-O1", "-O2", "-Os"])("on what gcc %s writes", (level) => {
    const flags = [
      "-m32",
      "-march=i686",
      "-mno-80387",
      "-fno-pie",
      "-fno-asynchronous-unwind-tables",
      "-ffreestanding",
    ];
    const source = execFileSync("gcc", [...flags, level, "-S", "-x", "c", "-o", "-", "-"], {
      input: C,
      encoding: "utf8",
    });
    const { object } = assemble(source, { file: "c.s" });
    const theirs = gnu(source);
    expect(contents(object)).toEqual(contents(theirs));
    expect(symbols(object)).toEqual(symbols(theirs));
  });

  it("on each of many statements alone, and on which are wrong", () => {
    const path = join(dirname(fileURLToPath(import.meta.url)), "fixtures/statements.txt");
    const lines = readFileSync(path, "utf8")
      .split("\n")
      .filter((text) => text !== "");
    expect(lines.length).toBeGreaterThan(300);
    for (const text of lines) {
      const source = `${text.replaceAll("; ", "\n")}\n`;
      expect([text, outcome(() => assemble(source, { file: "line.s" }).object)]).toEqual([
        text,
        outcome(() => gnu(source)),
      ]);
    }
  });

  it("that our objects are objects", () => {
    const source =
      ".globl f\n.type f, @function\nf: call g\nret\n.size f, .-f\n.data\n.long f, l\nl: .word 1\n.comm c, 4";
    const path = join(directory, "ours.o");
    writeFileSync(path, writeObject(assemble(source, { file: "f.s" }).object));
    const listing = spawnSync("readelf", ["-aW", path], { encoding: "utf8" });
    expect(listing.stderr).toBe("");
    expect(execFileSync("objdump", ["-dr", path], { encoding: "utf8" })).toMatch(/<f>:\s+0:\s+e8 fc ff ff ff\s+call/);
    execFileSync("ld", ["-m", "elf_i386", "-r", "-o", join(directory, "again.o"), path]);
  });
});

/** The sections that have something in them, or that there was an error. */
function outcome(make: () => ElfObject): string {
  try {
    return [...contents(make())]
      .filter(([, text]) => !/\n0?$/.test(text))
      .sort()
      .join("\n");
  } catch {
    return "error";
  }
}

/** Code with something of everything: wide arithmetic, switches, strings, structures, atomics, inline assembly. */
const C = `
#include <stdarg.h>
typedef unsigned long long u64; 
struct s { char a; short b; int c; u64 d; } table[10]; extern int ext(const char *, ...);
static const char *names[] = {"a\\n\\"q\\"", "b\\\\", "\\001\\377c"};
u64 mul(u64 a, u64 b) { return a * b + (a >> 7) - (b << 33); }
int sw(int x, signed char c, unsigned short w) { switch (x) { case 1: return c; case 2: return w; case 3: return ext(names[x]); case 4: return x/7; case 5: return x%10; case 6: return (int)(char)x; case 9: return table[x].b; default: return -1; } }
void copy(char *d, const char *s, int n) { while (n--) *d++ = *s++; }
int cmp(int a, unsigned b) { return (a < 3) + (b > 7u) + (a == (int) b) * 3 + (a != 0 ? b : a); }
int va(int n, ...) { va_list l; va_start(l, n); int t = 0; while (n--) t += va_arg(l, int); return t; }
struct s st(struct s *p) { struct s r = *p; r.d <<= r.a; r.c |= 0x80000000; return r; }
unsigned rot(unsigned x, int n) { return (x << n) | (x >> (32 - n)); }
int bs(unsigned x) { return __builtin_clz(x) + __builtin_ctz(x) + __builtin_popcount(x) + __builtin_bswap32(x); }
void io(void) { asm volatile("outb %%al, %%dx; inl $0x20, %%eax; cli; hlt; lgdt (%%eax); mov %%cr0, %%eax; rep; movsb; 1: jmp 1b" ::: "memory"); }
int locks(int *p, int v) { return __sync_fetch_and_add(p, v) + __sync_val_compare_and_swap(p, 1, 2) + __sync_lock_test_and_set(p, 5); }
`;

/** Files that the build makes and `.incbin` takes: any bytes will do. */
function makeMissingParts(source: string, folder: string): void {
  for (const [, path] of source.matchAll(/^\s*\.incbin\s+"([^"]+)"/gm)) {
    if (existsSync(join(folder, path)) || existsSync(join(directory, path))) continue;
    writeFileSync(
      join(directory, path),
      Uint8Array.from({ length: 4096 }, () => random(256)),
    );
  }
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function readText(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

/** Not test/cpu: its programs pass macros arguments with spaces around operators, which GNU as takes away or splits at. */
function assemblyFiles(root: string): string[] {
  const found: string[] = [];
  for (const room of ["kernel", "pc", "toolchain", "test/hardware", "test/toolchain"]) {
    const folder = join(root, room);
    if (!existsSync(folder)) continue;
    for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" }))
      if (entry.endsWith(".s") && !entry.includes("fixtures")) found.push(join(folder, entry));
  }
  return found;
}

/** The first line that comes out differently on its own. */
function firstDifference(lines: string[]): string {
  for (const text of lines.slice(2)) {
    const source = `${lines[0]}\n${lines[1]}\n${text}`;
    const [ours, theirs] = [assemble(source, { file: "line.s" }).object, gnu(source)].map((object) =>
      contents(object).get(".text"),
    );
    if (ours !== theirs) return `${lines[0]} ${text}\nours:\n${ours}\nGNU:\n${theirs}`;
  }
  return "none of the lines alone";
}
