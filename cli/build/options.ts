// The options of `minios build`.

import { Command } from "commander";

export interface BuildOptions {
  output: string;
  quiet?: boolean;
}

const EXAMPLES = `
Examples:
  minios build                     the project in kernel/ (here: MiniOS itself), into build/
  minios build my-kernel -o out    the project in my-kernel/minios.json, into out/
`;

export function buildCommand(action: (folder: string, options: BuildOptions) => Promise<void>): Command {
  return new Command("build")
    .summary("build a kernel and its floppy image")
    .description("Compiles, assembles and links a kernel, and puts it on a floppy image.")
    .argument("[folder]", "the project's folder, with its minios.json", "kernel")
    .option("-o, --output <folder>", "where kernel.elf, kernel.map and the image go", "build")
    .option("-q, --quiet", "no progress lines")
    .addHelpText("after", EXAMPLES)
    .action(action);
}
