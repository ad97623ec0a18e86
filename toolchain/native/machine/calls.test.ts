// Floats across the C convention, both ways: gcc's code calls ours and ours calls gcc's. A C program does the comparing.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { writeObject } from "../../../formats/elf32-object.ts";
import { CORPUS_BASE, compileAssemblyScript } from "../fixtures.ts";
import { compileWasm } from "../index.ts";
import { canRunNative } from "../testing/run-native.ts";

const OURS = `
@external("cpu", "floatInit") declare function floatInit(): void;
@external("c", "c_scale") declare function scale(x: f64, by: f32, times: i32): f64;
@external("c", "c_half") declare function half(x: f32): f32;
@external("c", "c_note") declare function note(x: f64): f64;
export function initialise(): void { floatInit(); }
export function mixed(a: i32, b: f64, c: f32, d: i64, e: f64): f64 { return a + b * c - <f64>d / e; }
export function single(a: f32, b: f32): f32 { return a * b + half(a); }
export function twice(x: f64): f64 { note(x); return scale(x, 2, 3) + scale(x + 1, 0.5, 1); }
export function polynomial(x: f64): f64 { return ((0.5 * x - 3) * x + 1.25) * x - 7; }
export function sum(at: usize, count: i32): f64 {
  let total: f64 = 0;
  for (let i = 0; i < count; i++) total += load<f64>(at + (i << 3));
  return total;
}
`;

const THEIRS = `
double mixed(int, double, float, long long, double);
float single(float, float);
double twice(double), polynomial(double), sum(const double *, int);
void initialise(void);
static double noted;
double c_scale(double x, float by, int times) { return x * by + times; }
float c_half(float x) { return x / 2; }
double c_note(double x) { return noted = x; }
static const double list[] = {0.1, 0.2, 0.3, -1e10, 1e-3};
static int check(void) {
  volatile double x = 1.7;
  initialise();
  if (mixed(-3, x, 0.25f, -5000000000LL, 8.0) != -3 + x * 0.25 + 5000000000.0 / 8.0) return 1;
  if (single(1.5f, -0.125f) != 1.5f * -0.125f + 0.75f) return 2;
  if (twice(x) != (x * 2 + 3) + ((x + 1) * 0.5 + 1)) return 3;
  if (noted != x) return 4;
  volatile double a = 0.5 * x, b = a - 3, c = b * x, d = c + 1.25, e = d * x;
  if (polynomial(x) != e - 7) return 5;
  volatile double total = 0;
  for (int i = 0; i < 5; i++) total += list[i];
  if (sum(list, 5) != total) return 6;
  return 42;
}
void _start(void) { __asm__ volatile("int $0x80" : : "a"(1), "b"(check())); }
`;

const hasGcc = canRunNative() && spawnSync("gcc", ["--version"]).status === 0;

it.skipIf(!hasGcc)("floats are passed and returned as gcc does", async () => {
  const { wasm } = await compileAssemblyScript("ours.ts", OURS);
  const directory = mkdtempSync(join(tmpdir(), "abi-"));
  const at = (name: string): string => join(directory, name);
  try {
    writeFileSync(at("theirs.c"), THEIRS);
    const flags = ["-m32", "-march=i686", "-mfpmath=387", "-O1", "-ffreestanding", "-fno-pie", "-fno-stack-protector"];
    execFileSync("gcc", [...flags, "-c", at("theirs.c"), "-o", at("theirs.o")], { stdio: "pipe" });
    for (const target of ["i386", "i686"] as const) {
      const { object } = compileWasm(wasm, { name: "ours", memoryBase: CORPUS_BASE, target });
      writeFileSync(at("ours.o"), writeObject(object));
      const words = ["-melf_i386", "-z", "noexecstack", `--section-start=.wasm.data=${CORPUS_BASE}`];
      execFileSync("ld", [...words, "-o", at("program"), at("theirs.o"), at("ours.o")], { stdio: "pipe" });
      expect(spawnSync(at("program")).status).toBe(42);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
