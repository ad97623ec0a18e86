// `minios size`: how many bytes of code, data and zeros.

import type { Command } from "commander";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { lookAt, lookingCommand } from "./looking.ts";

interface Flags {
  A?: boolean;
  o?: boolean;
  x?: boolean;
  format?: string;
  radix?: string;
  totals?: boolean;
}

const EXAMPLES = `  minios size build/kernel.elf     text, data and bss in one line
  minios size -A -x kernel.elf     each section, in hexadecimal
`;

export function sizeCommand(io: Io, done: (status: number) => void): Command {
  return lookingCommand("size", "show the sizes of sections", EXAMPLES)
    .argument("[files...]", "objects, programs, archives (a.out)")
    .option("-A", "System V format: a line for each section")
    .option("-B", "Berkeley format: a line for each file")
    .option("--format <format>", "sysv or berkeley")
    .option("-d", "in decimal")
    .option("-o", "in octal")
    .option("-x", "in hexadecimal")
    .option("--radix <base>", "8, 10 or 16")
    .option("-t, --totals", "the sum of all files (Berkeley only)")
    .action(async (files: string[], flags: Flags) => {
      const { Sizes } = await import("../../toolchain/inspect/size.ts");
      const format = flags.format ?? (flags.A ? "sysv" : "berkeley");
      if (format !== "sysv" && format !== "berkeley")
        throw new UsageError(`size: --format takes sysv or berkeley, not '${format}'`);
      const radix = Number(flags.radix ?? (flags.o ? 8 : flags.x ? 16 : 10));
      if (radix !== 8 && radix !== 10 && radix !== 16)
        throw new UsageError(`size: --radix takes 8, 10 or 16, not '${flags.radix}'`);
      const sizes = new Sizes({ format, radix, totals: flags.totals ?? false });
      let heading = sizes.heading();
      const status = lookAt(io, "size", files.length > 0 ? files : ["a.out"], (file) => {
        const text = heading + sizes.file(file);
        // Above the first file that has sizes.
        heading = "";
        return { text, notes: [] };
      });
      io.stdout.write(sizes.closing());
      done(status);
    });
}
