// `minios nm`: the symbols of objects and archives.

import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { lookAt, lookingCommand } from "./looking.ts";

interface Flags {
  all?: boolean;
  printFileName?: boolean;
  dynamic?: boolean;
  externOnly?: boolean;
  numericSort?: boolean;
  sort: boolean;
  portability?: boolean;
  reverseSort?: boolean;
  printSize?: boolean;
  sizeSort?: boolean;
  undefinedOnly?: boolean;
  definedOnly?: boolean;
  radix: string;
}

const EXAMPLES = `  minios nm -n build/kernel.elf    the kernel's symbols by address
  minios nm -u main.o              what an object needs from others
`;

export function nmCommand(io: Io, done: (status: number) => void): Command {
  return lookingCommand("nm", "list the symbols of objects and archives", EXAMPLES)
    .argument("[files...]", "objects, programs, archives (a.out)")
    .option("-a, --all", "sections and file names too")
    .option("-C, --demangle", "no effect: names are shown as they are")
    .option("-A, --print-file-name", "the file's name before each symbol")
    .option("-o", "the same as -A")
    .option("-D, --dynamic", "the symbols for the dynamic linker")
    .option("-g, --extern-only", "only symbols that other files see")
    .option("-n, --numeric-sort", "by address")
    .option("-v", "the same as -n")
    .option("-p, --no-sort", "in the order of the file")
    .option("-P, --portability", "as POSIX says")
    .option("-r, --reverse-sort", "the other way round")
    .option("-S, --print-size", "sizes too")
    .option("--size-sort", "by size")
    .option("-t, --radix <base>", "numbers in d, o or x", "x")
    .option("-u, --undefined-only", "only what is not defined here")
    .option("-U, --defined-only", "only what is")
    .action(async (files: string[], flags: Flags & { o?: boolean; v?: boolean }) => {
      const { nm } = await import("../../toolchain/inspect/nm.ts");
      const radix = ({ d: 10, o: 8, x: 16 } as const)[flags.radix as "d" | "o" | "x"];
      if (radix === undefined) throw new UsageError(`nm: --radix takes d, o or x, not '${flags.radix}'`);
      const byAddress = flags.numericSort || flags.v;
      const options = {
        sort: !flags.sort
          ? ("none" as const)
          : flags.sizeSort
            ? ("size" as const)
            : byAddress
              ? ("address" as const)
              : undefined,
        reverse: flags.reverseSort,
        only: { external: flags.externOnly, undefined: flags.undefinedOnly, defined: flags.definedOnly },
        all: flags.all,
        size: flags.printSize,
        dynamic: flags.dynamic,
        posix: flags.portability,
        fileNames: flags.printFileName || flags.o,
        radix,
      };
      const names = files.length > 0 ? files : ["a.out"];
      done(lookAt(io, "nm", names, (file) => nm(file, options, names.length > 1)));
    });
}
