// `minios objdump`: headers, symbols, relocations, contents and machine code.

import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { ObjdumpView } from "../../toolchain/inspect/objdump/index.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { collect, lookAt, lookingCommand } from "./looking.ts";

interface Flags {
  archiveHeaders?: boolean;
  fileHeaders?: boolean;
  privateHeaders?: boolean;
  sectionHeaders?: boolean;
  headers?: boolean;
  allHeaders?: boolean;
  syms?: boolean;
  reloc?: boolean;
  fullContents?: boolean;
  disassemble?: boolean;
  disassembleAll?: boolean;
  disassembleZeroes?: boolean;
  lineNumbers?: boolean;
  source?: boolean;
  showRawInsn: boolean;
  section?: string[];
  target?: string;
  architecture?: string;
  disassemblerOptions?: string[];
  startAddress?: number;
  stopAddress?: number;
  adjustVma?: number;
}

const EXAMPLES = `  minios objdump -d -M intel build/kernel.elf                 the kernel's code
  minios objdump -D -b binary -m i386 -M i8086 boot.bin       a boot sector's
`;
const END_OF_MEMORY = 2 ** 32;
/** What -M may say and we have no need to do: what is done anyway. */
const USUAL_OPTIONS = ["att", "att-mnemonic", "intel-mnemonic", "i386", "addr32", "data32", "suffix"];

export function objdumpCommand(io: Io, done: (status: number) => void): Command {
  return lookingCommand("objdump", "show headers, contents and machine code", EXAMPLES)
    .argument("[files...]", "objects, programs, archives, images (a.out)")
    .option("-a, --archive-headers", "the members of an archive")
    .option("-f, --file-headers", "the file header")
    .option("-p, --private-headers", "the segments")
    .option("-h, --section-headers", "the sections")
    .option("--headers", "the same")
    .option("-x, --all-headers", "all of -a -f -p -h -t -r")
    .option("-t, --syms", "the symbols")
    .option("-r, --reloc", "the relocations; with -d behind the instructions")
    .option("-s, --full-contents", "the bytes")
    .option("-d, --disassemble", "the code")
    .option("-D, --disassemble-all", "everything as code")
    .option("-l, --line-numbers", "with -d: functions, files and lines of the source")
    .option("-S, --source", "with -d, which it implies: the source text")
    .option("--no-show-raw-insn", "instructions without their bytes")
    .option("-z, --disassemble-zeroes", "runs of zeros too")
    .option("-j, --section <name>", "only this section; may be repeated", collect)
    .option("-b, --target <format>", "binary: take the file as bytes; elf32-i386")
    .option("-m, --architecture <name>", "i386, i8086")
    .option("-M, --disassembler-options <options>", "intel, att, i8086, addr16, data16; separated by commas", collect)
    .option("-C, --demangle", "no effect: names are shown as they are")
    .option("-w, --wide", "no effect: lines are not broken")
    .option("--start-address <address>", "show nothing below", address)
    .option("--stop-address <address>", "nor from here on", address)
    .option("--adjust-vma <offset>", "add to all addresses", address)
    .action(async (files: string[], flags: Flags) => {
      const { objdump } = await import("../../toolchain/inspect/objdump/index.ts");
      const show = viewsOf(flags);
      if (show.size === 0)
        throw new UsageError("objdump: nothing to show: give -a, -f, -p, -h, -x, -t, -r, -s, -d or -D (see --help)");
      if (flags.target !== undefined && flags.target !== "binary" && flags.target !== "elf32-i386")
        throw new UsageError(`objdump: -b takes binary or elf32-i386, not '${flags.target}'`);
      const options = {
        show,
        sections: flags.section ?? [],
        binary: flags.target === "binary",
        adjust: flags.adjustVma ?? 0,
        source:
          flags.lineNumbers || flags.source
            ? { lines: flags.lineNumbers ?? false, read: flags.source ? readSource : undefined }
            : undefined,
        disassembly: {
          ...dialectOf(flags),
          zeros: flags.disassembleZeroes ?? false,
          bytes: flags.showRawInsn,
          all: flags.disassembleAll ?? false,
          start: flags.startAddress ?? 0,
          stop: flags.stopAddress ?? END_OF_MEMORY,
        },
      };
      const found = new Set<string>();
      const names = files.length > 0 ? files : ["a.out"];
      let status = lookAt(io, "objdump", names, (file) => objdump(file, options, found));
      for (const section of options.sections) {
        if (found.has(section)) continue;
        io.stderr.write(`objdump: section '${section}' mentioned in a -j option, but not found in any input file\n`);
        status ||= 1;
      }
      done(status);
    });
}

/** The text of a source file, if it is there. */
function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function viewsOf(flags: Flags): Set<ObjdumpView> {
  const { allHeaders: every } = flags;
  const chosen: [ObjdumpView, boolean | undefined][] = [
    ["archive", every || flags.archiveHeaders],
    ["header", every || flags.fileHeaders],
    ["private", every || flags.privateHeaders],
    ["sections", every || flags.sectionHeaders || flags.headers],
    ["symbols", every || flags.syms],
    ["relocations", every || flags.reloc],
    ["contents", flags.fullContents],
    ["disassemble", flags.disassemble || flags.disassembleAll || flags.source],
  ];
  return new Set(chosen.filter(([, on]) => on).map(([view]) => view));
}

function dialectOf(flags: Flags): { syntax: "att" | "intel"; bits: 16 | 32 } {
  const architecture = flags.architecture?.replace(/^i386:/, "") ?? "i386";
  if (!["i386", "i8086", "intel", "i386:intel"].includes(architecture))
    throw new UsageError(`objdump: -m takes i386 or i8086, not '${flags.architecture}'`);
  const words = (flags.disassemblerOptions ?? []).flatMap((option) => option.split(","));
  const known = [...USUAL_OPTIONS, "intel", "i8086", "addr16", "data16"];
  const unknown = words.find((word) => !known.includes(word));
  if (unknown !== undefined)
    throw new UsageError(`objdump: -M takes intel, att, i8086, addr16 and data16, not '${unknown}'`);
  const real = architecture === "i8086" || words.includes("i8086") || words.includes("data16");
  return { syntax: words.includes("intel") || architecture === "intel" ? "intel" : "att", bits: real ? 16 : 32 };
}

function address(text: string): number {
  const value = /^(0x[0-9a-f]+|[0-9]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (!(value <= END_OF_MEMORY)) throw new UsageError(`objdump: '${text}' is no address (such as 0x100000)`);
  return value;
}
