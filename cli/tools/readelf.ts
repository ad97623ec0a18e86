// `minios readelf`: everything in an ELF file.

import type { Command } from "commander";
import type { ReadelfOptions, ReadelfView } from "../../toolchain/inspect/readelf/index.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { lookAt, lookingCommand } from "./looking.ts";

const EXAMPLES = `  minios readelf -lS build/kernel.elf    segments and sections
  minios readelf -x .multiboot a.o       the bytes of a section
`;

/** Options that show something: the name that commander gives the option, and what is shown. */
const VIEWS: readonly [flag: string, option: string, help: string, views: readonly ReadelfView[]][] = [
  ["fileHeader", "-h, --file-header", "the file header", ["header"]],
  ["programHeaders", "-l, --program-headers", "the segments", ["segments"]],
  ["segments", "--segments", "the same", ["segments"]],
  ["sectionHeaders", "-S, --section-headers", "the sections", ["sections"]],
  ["sections", "--sections", "the same", ["sections"]],
  ["sectionGroups", "-g, --section-groups", "the section groups", ["groups"]],
  ["headers", "-e, --headers", "file header, segments and sections", ["header", "segments", "sections"]],
  ["syms", "-s, --syms", "the symbol tables", ["symbols"]],
  ["symbols", "--symbols", "the same", ["symbols"]],
  ["dynSyms", "--dyn-syms", "the dynamic symbol table", ["dynamic-symbols"]],
  ["notes", "-n, --notes", "the notes", ["notes"]],
  ["relocs", "-r, --relocs", "the relocations", ["relocations"]],
  ["unwind", "-u, --unwind", "unwind information", ["unwind"]],
  ["dynamic", "-d, --dynamic", "the dynamic section", ["dynamic"]],
  ["versionInfo", "-V, --version-info", "symbol versions", ["versions"]],
];

/** What -w takes: the other dumps are not there. */
function lineTables(what: string): string {
  if (what === "L" || what === "decodedline" || what === "=decodedline") return what;
  throw new UsageError(`readelf: --debug-dump takes decodedline (or -wL), not '${what}'`);
}

export function readelfCommand(io: Io, done: (status: number) => void): Command {
  const dumps: ReadelfOptions["dumps"][number][] = [];
  const dump = (kind: "hex" | "string") => (section: string) => {
    dumps.push({ kind, section });
    return section;
  };
  const command = lookingCommand("readelf", "show what is in an ELF file", EXAMPLES)
    .argument("<files...>", "objects, programs, archives")
    .option("-a, --all", "all of -h -l -S -g -s -r -d -V -n -u");
  for (const [, option, help] of VIEWS) command.option(option, help);
  return command
    .option("-x, --hex-dump <section>", "the bytes of a section, by name or number", dump("hex"))
    .option("-p, --string-dump <section>", "the strings of a section", dump("string"))
    .option("-w, --debug-dump <what>", "of the debugging information the line tables: L or decodedline", lineTables)
    .option("-W, --wide", "do not shorten names")
    .action(async (files: string[], flags: Record<string, unknown>) => {
      const { ALL_VIEWS, readelf } = await import("../../toolchain/inspect/readelf/index.ts");
      const show = new Set<ReadelfView>(flags["all"] ? ALL_VIEWS : []);
      for (const [flag, , , views] of VIEWS) if (flags[flag]) for (const view of views) show.add(view);
      if (flags["debugDump"] !== undefined) show.add("lines");
      if (show.size === 0 && dumps.length === 0)
        throw new UsageError(
          "readelf: nothing to show: give -a, -h, -l, -S, -s, -r, -d, -n, -x, -p or -wL (see --help)",
        );
      const options = { show, dumps, wide: flags["wide"] === true };
      done(lookAt(io, "readelf", files, (file) => readelf(file, options, files.length > 1)));
    });
}
