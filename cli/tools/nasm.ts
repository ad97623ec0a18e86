// `minios nasm`: the assembler as a command that stands where nasm stood in a Makefile.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };
import {
  AssemblerErrors,
  assembleNasm,
  type NasmOptions,
  type NasmResult,
  preprocessNasm,
} from "../../toolchain/nasm/index.ts";
import { writeWhole } from "../build/disk-tree.ts";
import { InputError, systemErrorText } from "../errors.ts";
import type { Io } from "../io.ts";
import { NASM_USAGE, type NasmCommand, parseNasmOptions } from "./nasm-options.ts";

/**
 * @param args what follows `minios nasm`
 * @returns the exit status: 0, or 1 when the source is wrong
 * @throws UsageError or InputError for what makes it 2
 */
export async function nasm(io: Io, args: readonly string[]): Promise<number> {
  const command = parseNasmOptions(args);
  if (command === "help" || command === "version") {
    io.stdout.write(command === "help" ? NASM_USAGE : `MiniOS assembler ${packageJson.version} (NASM syntax, i386)\n`);
    return 0;
  }
  return new Run(io, command).run();
}

class Run {
  /** Every source that was read, for what messages quote. */
  private readonly texts = new Map<string, string>();
  /** What the result depends on. */
  private readonly read = new Set<string>();

  constructor(
    private readonly io: Io,
    private readonly command: NasmCommand,
  ) {}

  run(): number {
    const { command } = this;
    const source = this.readSource(command.file);
    const options: NasmOptions = {
      file: command.file,
      format: command.format,
      optimise: command.optimise,
      listing: command.listing !== undefined,
      before: command.before,
      include: (path) => this.include(path),
      incbin: (path) => this.find(path)?.bytes,
    };
    try {
      if (command.mode !== "assemble") return this.preprocess(source, options);
      const result = assembleNasm(source, options);
      if (!this.warn(result.warnings)) return 1;
      this.writeResult(result);
      return 0;
    } catch (error) {
      if (!(error instanceof AssemblerErrors)) throw error;
      for (const { message, position } of error.errors) {
        this.io.stderr.write(`${message}\n`);
        if (!position.expandedFrom) this.quote(position);
      }
      return 1;
    }
  }

  private preprocess(source: string, options: NasmOptions): number {
    const { text, warnings } = preprocessNasm(source, options);
    if (!this.warn(warnings)) return 1;
    const { command } = this;
    const said = command.mode === "preprocess" ? text : this.dependencies();
    if (command.output === undefined || command.mode === "dependencies") this.io.stdout.write(said);
    else write(command.output, said);
    return 0;
  }

  /** @returns whether to go on */
  private warn(warnings: readonly string[]): boolean {
    if (!this.command.warnings) return true;
    for (const warning of warnings) this.io.stderr.write(`${warning}\n`);
    return !this.command.warningsAreErrors || warnings.length === 0;
  }

  private writeResult({ output, listing }: NasmResult): void {
    const { command } = this;
    write(this.outputName, output);
    if (command.listing !== undefined && listing !== undefined) write(command.listing, listing);
    if (command.dependencyFile !== undefined)
      write(command.dependencyFile || `${this.outputName}.d`, this.dependencies());
  }

  private get outputName(): string {
    const { file, format, output } = this.command;
    if (output !== undefined) return output;
    const stem = file.replace(/\.[^./]*$/, "");
    const name = format === "bin" ? stem : `${stem}.o`;
    return name === file || name === "" ? "nasm.out" : name;
  }

  private dependencies(): string {
    return `${this.outputName}: ${[this.command.file, ...this.read].join(" \\\n ")}\n`;
  }

  private quote({ file, line, column }: { file: string; line: number; column: number }): void {
    const text = this.texts.get(file)?.split("\n")[line - 1]?.replace(/\r$/, "");
    if (text === undefined || text.trim() === "") return;
    const blank = text.slice(0, column - 1).replace(/[^\t]/g, " ");
    this.io.stderr.write(`${text}\n${blank}^\n`);
  }

  // Files

  private readSource(file: string): string {
    try {
      const text = readFileSync(file === "-" ? 0 : file, "utf8");
      this.texts.set(file, text);
      return text;
    } catch (error) {
      throw new InputError({ file, expected: "an assembly source", found: systemErrorText(error) });
    }
  }

  private include(path: string): { name: string; text: string } | undefined {
    const found = this.find(path);
    if (!found) return undefined;
    const text = found.bytes.toString("utf8");
    this.texts.set(found.name, text);
    return { name: found.name, text };
  }

  /** The file where NASM looks for it: here, then in each -I. */
  private find(path: string): { name: string; bytes: Buffer } | undefined {
    const candidates = path.startsWith("/")
      ? [path]
      : [path, ...this.command.includePaths.map((dir) => join(dir, path))];
    for (const name of candidates) {
      try {
        const bytes = readFileSync(name);
        this.read.add(name);
        return { name, bytes };
      } catch {
        // The next folder may have it; a file that none has is an error of the source.
      }
    }
    return undefined;
  }
}

function write(path: string, contents: string | Uint8Array): void {
  try {
    writeWhole(path, contents);
  } catch (error) {
    throw new InputError({ file: path, expected: "a file that can be written", found: systemErrorText(error) });
  }
}
