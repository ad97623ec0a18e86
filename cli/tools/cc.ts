// `minios cc`: TypeScript in, ELF out, for kernels and for programs. asc makes WebAssembly of it, toolchain/native i386 code.

import { chmodSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Elf32Error } from "../../formats/elf32.ts";
import { readObject, writeObject } from "../../formats/elf32-object.ts";
import { AssemblerErrors } from "../../toolchain/asm/index.ts";
import { assembleFile } from "../../toolchain/build/flat.ts";
import { BuildError, type SourceTree } from "../../toolchain/build/source-tree.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { LinkError, type LinkInput, link, ScriptError } from "../../toolchain/link/index.ts";
import { assemblyText } from "../../toolchain/native/assembly.ts";
import { compileWasm, NativeError } from "../../toolchain/native/index.ts";
import { writeWhole } from "../build/disk-tree.ts";
import { InputError, systemErrorText } from "../errors.ts";
import type { Io } from "../io.ts";
import { CC_USAGE, type CcOptions, parseCcOptions } from "./cc-options.ts";

/**
 * @param args what follows `minios cc`
 * @returns the exit status: 0, or 1 when the sources are wrong
 * @throws UsageError or InputError for what makes it 2
 */
export async function cc(io: Io, args: readonly string[]): Promise<number> {
  const options = parseCcOptions(args);
  if (options.help) {
    io.stdout.write(CC_USAGE);
    return 0;
  }
  for (const file of options.inputs) readInput(file);
  try {
    const inputs: LinkInput[] = [];
    for (const file of options.inputs) inputs.push(await toObject(file, options));
    if (options.assembly) {
      const [file] = options.inputs;
      writeResult(options.output ?? basename(file).replace(/ts$/, "s"), assemblyText(inputs[0].object, basename(file)));
      return 0;
    }
    if (options.compileOnly) {
      const [only] = inputs;
      writeResult(options.output ?? basename(options.inputs[0]).replace(/ts$/, "o"), writeObject(only.object));
      return 0;
    }
    const linked = link(inputs, {
      script: options.script === undefined ? programScript(options) : readInput(options.script).toString("utf8"),
      scriptName: options.script ?? "(the script of minios cc)",
      entry: options.entry,
    });
    const output = options.output ?? "a.out";
    writeResult(output, linked.elf);
    if (process.platform !== "win32") chmodSync(output, 0o755);
    if (options.mapFile !== undefined) writeResult(options.mapFile, linked.map);
    return 0;
  } catch (error) {
    if (!isSourceError(error)) throw error;
    io.stderr.write(`${error.message}\n`);
    return 1;
  }
}

function isSourceError(error: unknown): error is Error {
  return [AssemblerErrors, BuildError, LinkError, NativeError, ScriptError].some((kind) => error instanceof kind);
}

async function toObject(file: string, options: CcOptions): Promise<LinkInput> {
  if (file.endsWith(".ts")) return compile(file, options);
  if (!file.endsWith(".o")) return assembleFile(sourceTree(options.includePaths), file);
  try {
    return { name: file, object: readObject(new Uint8Array(readInput(file)), file) };
  } catch (error) {
    if (!(error instanceof Elf32Error)) throw error;
    throw new InputError({ file, offset: error.offset, expected: error.expected, found: error.found });
  }
}

async function compile(file: string, options: CcOptions): Promise<LinkInput> {
  const { wasm, sourceMap } = await compileTypeScript(sourceTree(options.includePaths), file, [
    options.level,
    "--runtime",
    options.runtime,
    "--memoryBase",
    options.memoryBase.toString(),
    "--importMemory",
    "--exportTable",
    "--use",
    "abort=",
    ...(options.debug ? ["--debug"] : []),
  ]);
  const { object } = compileWasm(wasm, {
    name: file,
    memoryBase: options.memoryBase,
    target: options.target,
    freestanding: options.freestanding || !(options.compileOnly || options.assembly),
    ...(options.debug && { sourceMap, sourceRoot: process.cwd() }),
  });
  return { name: file.replace(/ts$/, "o"), object };
}

/** Files by path from the current directory, then from the -I directories, where a package is a folder or a file. */
function sourceTree(includePaths: readonly string[]): SourceTree {
  const read = (path: string): Uint8Array | undefined => {
    const inPackage = /(?:^|\/)node_modules\/(.*)$/.exec(path)?.[1];
    const wanted = inPackage === undefined ? [path] : [inPackage, inPackage.replace(/\/index\.ts$/, ".ts")];
    for (const candidate of [path, ...includePaths.flatMap((folder) => wanted.map((name) => join(folder, name)))])
      try {
        return new Uint8Array(readFileSync(resolve(candidate)));
      } catch {
        // The next directory may have it; what none has is an error of the source.
      }
    return undefined;
  };
  return {
    readBytes: read,
    readText: (path) => {
      const bytes = read(path);
      return bytes && new TextDecoder().decode(bytes);
    },
  };
}

/** Code and what belongs to it at one address, the module's memory at the other, in whatever order these come. */
function programScript({ textAddress, memoryBase }: CcOptions): string {
  const code = `
    . = ${textAddress};
    .text : { *(.text .text.*) }
    .rodata : { *(.rodata .rodata.*) }
    . = ALIGN(0x1000);
    .data : { *(.data .data.*) }
    .bss : { *(.bss .bss.*) *(COMMON) }
    PROVIDE(_end = .); PROVIDE(end = .);`;
  const memory = `
    . = ${memoryBase};
    .wasm.data : { *(.wasm.data) }`;
  return `SECTIONS { ${memoryBase < textAddress ? memory + code : code + memory} }`;
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new InputError({ file, expected: "a file that can be read", found: systemErrorText(error) });
  }
}

function writeResult(path: string, contents: string | Uint8Array): void {
  try {
    writeWhole(path, contents);
  } catch (error) {
    throw new InputError({ file: path, expected: "a file that can be written", found: systemErrorText(error) });
  }
}
