// What our compiler makes of eight programs, beside what gcc -O2 makes of the same in C: instructions executed (exact, counted by
// our PC) and bytes of code. Both run in the same harness; both must give the same result.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assembleFile, compileTypeScript, compileWasm, diskTree, link, readObject } from "../dist/build.js";
import { createMachine } from "../dist/index.js";

const FOLDER = "bench/code";
const MEMORY_BASE = 0x120000;
const RESULT = 0x200000;
const SCRIPT = `ENTRY(_start) SECTIONS {
  . = 0x100000; .boot : { *(.boot) } .text : { *(.text .text.*) } .rodata : { *(.rodata .rodata.*) }
  . = ${MEMORY_BASE}; .wasm.data : { *(.wasm.data) } .data : { *(.data .data.*) } .bss : { *(.bss .bss.* COMMON) }
  /DISCARD/ : { *(.note* .comment .eh_frame) } }`;
const GCC = [
  "-c",
  "-O2",
  "-m32",
  "-march=i686",
  "-ffreestanding",
  "-fno-pic",
  "-fno-stack-protector",
  "-fno-asynchronous-unwind-tables",
];

const tree = diskTree(".");

async function compileOurs(name) {
  const { wasm, sourceMap } = await compileTypeScript(tree, `${FOLDER}/${name}.ts`, [
    ...["-O3", "--importMemory", "--exportTable", "--debug", "--noAssert", "--memoryBase", `${MEMORY_BASE}`],
  ]);
  return compileWasm(wasm, { name, memoryBase: MEMORY_BASE, sourceMap, target: "i686" }).object;
}

function compileTheirs(name, folder) {
  const file = join(folder, `${name}.o`);
  execFileSync("gcc", [...GCC, "-o", file, `${FOLDER}/${name}.c`]);
  return readObject(new Uint8Array(readFileSync(file)), file);
}

const codeBytes = (object) =>
  object.sections
    .filter(({ name }) => /^\.text/.test(name))
    .reduce((sum, { data }) => sum + (data.length ?? data.size), 0);

/** Runs the program; what it gave and how many instructions it took. */
function measure(name, object) {
  const { elf } = link([assembleFile(tree, `${FOLDER}/harness.s`), { name, object }], { script: SCRIPT });
  const machine = createMachine({ kernel: { image: elf } });
  const reason = machine.run({ instructions: 100e6 });
  if (reason !== "halted") throw new Error(`${name}: ended as "${reason}"`);
  const view = new DataView(machine.memory.read(RESULT, 8).buffer);
  return { result: view.getUint32(0, true), instructions: view.getUint32(4, true) };
}

/** Prints the table; says why when there is no gcc to compare with. */
export async function codeQuality() {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith(".c"))
    .map((file) => file.slice(0, -2))
    .sort();
  const gcc = spawnSync("gcc", ["-m32", "-x", "c", "-c", "-o", "/dev/null", "-"], { input: "int x;" }).status === 0;
  const folder = mkdtempSync(join(tmpdir(), "minios-bench-"));
  const ratios = { instructions: [], bytes: [] };
  console.log(
    `\n${"program".padEnd(14)}${"instructions".padStart(14)}${"gcc -O2".padStart(12)}${"ratio".padStart(8)}${"bytes".padStart(8)}${"gcc".padStart(7)}${"ratio".padStart(8)}`,
  );
  for (const name of names) {
    const object = await compileOurs(name);
    const ours = { ...measure(name, object), bytes: codeBytes(object) };
    let line = name.padEnd(14) + String(ours.instructions).padStart(14);
    if (gcc) {
      const object = compileTheirs(name, folder);
      const theirs = { ...measure(`${name}.c`, object), bytes: codeBytes(object) };
      if (theirs.result !== ours.result) throw new Error(`${name}: ${ours.result}, but gcc's gives ${theirs.result}`);
      const ratio = ours.instructions / theirs.instructions;
      const bytesRatio = ours.bytes / theirs.bytes;
      ratios.instructions.push(ratio);
      ratios.bytes.push(bytesRatio);
      line += `${String(theirs.instructions).padStart(12)}${ratio.toFixed(2).padStart(8)}${String(ours.bytes).padStart(8)}${String(theirs.bytes).padStart(7)}${bytesRatio.toFixed(2).padStart(8)}`;
    }
    console.log(line);
  }
  rmSync(folder, { recursive: true });
  const mean = (values) => Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length).toFixed(2);
  if (gcc)
    console.log(
      `${"geometric mean".padEnd(34)}${mean(ratios.instructions).padStart(14)}${mean(ratios.bytes).padStart(23)}`,
    );
  else console.log("gcc -m32 is not installed: nothing to compare with");
}
