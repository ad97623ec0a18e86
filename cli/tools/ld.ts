// `minios ld`: objects, archives and scripts from the disk through the linker to a file.

import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Archive, ArchiveError, type ArchiveMember, isArchive, readArchive } from "../../formats/ar.ts";
import { ELF_MAGIC, Elf32Error } from "../../formats/elf32.ts";
import { type ElfObject, readObject, writeObject } from "../../formats/elf32-object.ts";
import {
  type LinkArchive,
  LinkError,
  type LinkItem,
  type LinkOptions,
  linkItems,
  linkRelocatable,
  parseAssignment,
  parseScript,
  type Script,
  ScriptError,
} from "../../toolchain/link/index.ts";
import { systemErrorText, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { LD_HELP } from "./ld-help.ts";
import { type LdInput, type LdOptions, parseLdArguments } from "./ld-options.ts";
import { writeTool } from "./write.ts";

const FAILED = 1;
const DEFAULT_OUTPUT = "a.out";
/** A kernel's objects are small; this is a disk image or a mistake. */
const MAX_INPUT = 512 * 1024 * 1024;
const MAX_SCRIPT_DEPTH = 10;

/**
 * Runs the linker.
 * @returns 0, or 1 when it can't be linked; each problem is a line of its own
 * @throws UsageError
 */
export function ld(io: Io, args: readonly string[], version: string): number {
  const options = parseLdArguments(args, (name) => (existsSync(name) ? readFileSync(name, "utf8") : undefined));
  if (options.help) {
    io.stdout.write(LD_HELP);
    return 0;
  }
  if (options.version) {
    io.stdout.write(`minios ld ${version} (supported emulation: elf_i386)\n`);
    if (options.inputs.length === 0) return 0;
  }
  try {
    return new Run(io, options).run();
  } catch (error) {
    if (!isInputProblem(error)) throw error;
    const lines = error instanceof LinkError ? error.problems : [error.message];
    for (const line of lines) io.stderr.write(`${/(^|:)\s*error: /.test(line) ? line : `minios ld: error: ${line}`}\n`);
    return FAILED;
  }
}

/** What is wrong with a file that we were given. */
class FileError extends Error {
  override readonly name = "FileError";
}

function isInputProblem(error: unknown): error is Error {
  return [LinkError, ScriptError, Elf32Error, ArchiveError, FileError].some((kind) => error instanceof kind);
}

class Run {
  private readonly searchDirectories: string[];
  /** From scripts among the inputs. */
  private entry: string | undefined;
  private output: string | undefined;

  constructor(
    private readonly io: Io,
    private readonly options: LdOptions,
  ) {
    this.searchDirectories = [...options.searchDirectories];
  }

  run(): number {
    const { options, io } = this;
    const script = options.script === undefined ? undefined : this.readScript(options.script);
    const items = options.inputs.flatMap((input) => this.items(input, 0));
    if (script) items.push(...this.scriptItems(script, 0));
    if (items.length === 0) throw new UsageError("no input files");
    const output = options.output ?? script?.output ?? this.output ?? DEFAULT_OUTPUT;
    const linkOptions = this.linkOptions(script);
    if (options.relocatable) {
      writeTool(output, writeObject(linkRelocatable(items, linkOptions)));
      return 0;
    }
    const result = linkItems(items, linkOptions);
    if (!options.noWarnings) for (const warning of result.warnings) io.stderr.write(`minios ld: warning: ${warning}\n`);
    if (options.fatalWarnings && result.warnings.length > 0) return FAILED;
    if (options.collectGarbage && options.printGarbage)
      for (const { section, input } of result.garbage)
        io.stderr.write(`minios ld: removing unused section '${section}' in file '${input}'\n`);
    const isBinary = options.format === undefined ? script?.binary === true : options.format === "binary";
    const image = isBinary ? result.flat() : result.elf;
    if (options.map === "") io.stdout.write(result.map);
    else if (options.map !== undefined) writeTool(options.map, result.map);
    writeTool(output, image, !isBinary);
    return 0;
  }

  private linkOptions(script: Script | undefined): LinkOptions {
    const { options } = this;
    return {
      script,
      entry: options.entry ?? script?.entry ?? this.entry,
      lenientEntry: true,
      sectionStarts: options.sectionStarts,
      segmentStarts: options.segmentStarts,
      strip: options.strip,
      discard: options.discard,
      collectGarbage: options.collectGarbage,
      wanted: options.wanted,
      assignments: options.definitions.map((text) => parseAssignment(text, "--defsym")),
      allowMultiple: options.allowMultiple,
      unresolved: options.unresolved,
      orphans: options.orphans,
      paging: options.paging,
      maxPageSize: options.maxPageSize,
      executableStack: options.executableStack,
      relro: options.relro,
      warnExecutableStack: options.warnExecutableStack,
    };
  }

  private items(input: LdInput, depth: number): LinkItem[] {
    if (input.kind === "group")
      return [{ kind: "group", items: input.inputs.flatMap((inner) => this.items(inner, depth)) }];
    const path = input.kind === "library" ? this.library(input.name) : input.name;
    const bytes = readInput(path);
    if (isArchive(bytes)) {
      return [{ kind: "archive", whole: input.whole, archive: archiveOf(readArchive(bytes, path), path) }];
    }
    if (isElf(bytes)) return [{ kind: "object", input: { name: path, object: readObject(bytes, path) } }];
    // Neither: a script that says what to link instead, as GNU ld takes it.
    if (bytes.includes(0)) throw new FileError(`${path}: neither an ELF object, an archive nor a linker script`);
    const script = parseScript(new TextDecoder().decode(bytes), path);
    if (script.hasSections || script.statements.length > 0)
      throw new FileError(`${path}: a script with a layout belongs behind -T`);
    this.entry ??= script.entry;
    return this.scriptItems(script, depth + 1);
  }

  /** What INPUT and GROUP of a script name. */
  private scriptItems(script: Script, depth: number): LinkItem[] {
    if (depth > MAX_SCRIPT_DEPTH) throw new FileError("scripts that name each other as inputs without end");
    this.searchDirectories.push(...script.searchDirectories.filter((folder) => !folder.startsWith("=")));
    this.output ??= script.output;
    const named = (name: string): LdInput =>
      name.startsWith("-l")
        ? { kind: "library", name: name.slice(2), whole: false }
        : { kind: "file", name: this.find(name), whole: false };
    return script.inputs.flatMap((input) =>
      this.items(input.kind === "group" ? { kind: "group", inputs: input.files.map(named) } : named(input.name), depth),
    );
  }

  /** A file that a script names may be in a folder that is searched. */
  private find(name: string): string {
    if (existsSync(name)) return name;
    return this.searchDirectories.map((folder) => join(folder, name)).find((path) => existsSync(path)) ?? name;
  }

  private library(name: string): string {
    const file = name.startsWith(":") ? name.slice(1) : `lib${name}.a`;
    const found = this.searchDirectories.map((folder) => join(folder, file)).find((path) => existsSync(path));
    if (found === undefined) throw new FileError(`no library '${file}' in the folders given with -L (for -l${name})`);
    return found;
  }

  private readScript(name: string): Script {
    const path = this.find(name);
    return parseScript(new TextDecoder().decode(readInput(path)), path);
  }
}

function archiveOf({ members, symbols }: Archive, path: string): LinkArchive {
  const defines = new Map<ArchiveMember, string[]>(members.map((member) => [member, []]));
  for (const { name, member } of symbols ?? []) defines.get(member)?.push(name);
  return {
    name: path,
    members: members.map((member) => {
      const { name, data } = member;
      let object: ElfObject | undefined;
      return {
        name,
        defines: symbols && defines.get(member),
        object: () => {
          if (isElf(data)) object ??= readObject(data, `${path}(${name})`);
          return object;
        },
      };
    }),
  };
}

function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === ELF_MAGIC;
}

function readInput(path: string): Uint8Array {
  try {
    if (statSync(path).size > MAX_INPUT) throw new FileError(`${path}: too large for an input of the linker`);
    return new Uint8Array(readFileSync(path));
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw new FileError(`${path}: ${systemErrorText(error)}`);
  }
}
