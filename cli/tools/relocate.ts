// `minios relocate`: a boot sector and a kernel to a bootable image, in one step.

import { readFileSync } from "node:fs";
import { Command } from "commander";
import type { BootImage } from "../../toolchain/image/join.ts";
import { asInputError, InputError, systemErrorText, UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { writeTool } from "./write.ts";

export interface RelocateOptions {
  output: string;
  size: string;
  setup?: string;
  append?: string;
  quiet?: boolean;
}

const SIZES: ReadonlyMap<string, number | "sectors"> = new Map<string, number | "sectors">([
  ["360", 360 * 1024],
  ["720", 720 * 1024],
  ["1200", 1200 * 1024],
  ["1440", 1440 * 1024],
  ["2880", 2880 * 1024],
  ["sectors", "sectors"],
]);

const EXAMPLES = `
The kernel follows the boot sector from the second sector on: bare bytes as they are, an ELF executable as memory is to hold it.
With --setup it is MiniOS's own way to boot: that boot sector, setup, and an ELF kernel with a command line.

Examples:
  minios relocate boot.bin kernel.bin -o floppy.img
  minios relocate boot.elf kernel.elf -o disk.img --size sectors
`;

export function relocateCommand(
  action: (bootSector: string, kernel: string, options: RelocateOptions) => Promise<void>,
): Command {
  return new Command("relocate")
    .summary("join a boot sector and a kernel into a bootable image")
    .description("Joins a boot sector and a kernel into a bootable image.")
    .argument("<bootsector>", "512 bytes that end in 55 AA, or an ELF file that holds them")
    .argument("<kernel>", "what the boot sector loads")
    .requiredOption("-o, --output <image>", "the image")
    .option("--size <size>", `of the image: ${[...SIZES.keys()].join(", ")} (KiB, or no more than is needed)`, "1440")
    .option("--setup <file>", "MiniOS's second stage")
    .option("--append <text>", "the kernel's command line, with --setup")
    .option("-q, --quiet", "say nothing")
    .addHelpText("after", EXAMPLES)
    .action(action);
}

/** @throws UsageError, InputError */
export async function relocate(io: Io, bootSector: string, kernel: string, options: RelocateOptions): Promise<number> {
  const size = SIZES.get(options.size);
  if (size === undefined)
    throw new UsageError(`--size: expected ${[...SIZES.keys()].join(", ")}, found '${options.size}'`);
  if (options.append !== undefined && options.setup === undefined)
    throw new UsageError("--append is for kernels that --setup starts");
  const { joinBootImage } = await import("../../toolchain/image/join.ts");
  const { Elf32Error } = await import("../../formats/elf32.ts");
  const { ImageError } = await import("../../toolchain/image/error.ts");
  const { makeFloppy } = await import("../../toolchain/image/floppy.ts");
  const parts = { boot: read(bootSector), kernel: read(kernel) };
  try {
    let joined: BootImage | undefined;
    let image: Uint8Array;
    if (options.setup !== undefined) {
      if (size === "sectors") throw new UsageError("--size sectors: with --setup the image is a diskette");
      image = makeFloppy({
        bootSector: parts.boot,
        setup: read(options.setup),
        kernel: parts.kernel,
        commandLine: options.append,
        sizeBytes: size,
      });
    } else {
      joined = joinBootImage(parts.boot, parts.kernel, size);
      image = joined.image;
    }
    writeTool(options.output, image);
    if (joined && !options.quiet) io.stderr.write(`${options.output}: ${describe(joined)}\n`);
    return 0;
  } catch (error) {
    const files: Readonly<Record<string, string | undefined>> = {
      "boot sector": bootSector,
      setup: options.setup,
      "command line": "--append",
      image: options.output,
    };
    const part = error instanceof ImageError ? error.part : error instanceof Elf32Error ? error.file : "kernel";
    const file = files[part] ?? kernel;
    throw asInputError(error, file) ?? error;
  }
}

function describe({ kernelSectors, loadAddress }: BootImage): string {
  const linked = loadAddress === undefined ? "" : `, linked to 0x${loadAddress.toString(16)}`;
  return `boot sector, then the kernel in ${kernelSectors} ${kernelSectors === 1 ? "sector" : "sectors"}${linked}`;
}

function read(file: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(file));
  } catch (error) {
    throw new InputError({ file, expected: "a file that can be read", found: systemErrorText(error) });
  }
}
