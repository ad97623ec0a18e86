// The options of `minios build`.

import { Command } from "commander";

export interface BuildOptions {
  output: string;
  quiet?: boolean;
  run?: boolean;
  watch?: boolean;
}

const EXAMPLES = `
Examples:
  minios build                        the project in this folder (at the top of MiniOS's sources: MiniOS itself)
  minios build my-kernel -o out       the project in my-kernel/minios.json, into out/
  minios build --run -- -m 16         build, and boot it as "minios run IMAGE -m 16" does
  minios build --watch --run          and again at every save; Ctrl+] quits

Nothing is built when nothing has changed. docs/projects.md describes minios.json.

Exit status: 0 built, 1 the sources are wrong, 2 no such project or wrong usage; with --run that of "minios run".`;

export function buildCommand(action: (folder: string | undefined, options: BuildOptions) => Promise<void>): Command {
  return new Command("build")
    .summary("build a kernel or boot sector and its floppy image")
    .usage("[options] [folder] [-- options of minios run]")
    .description("Compiles, assembles and links a project, and puts it on a floppy image.")
    .argument("[folder]", "the project's folder, with its minios.json (default: this one)")
    .option("-o, --output <folder>", "where NAME.elf, NAME.map and NAME.img go", "build")
    .option("-r, --run", "boot the result")
    .option("-w, --watch", "build again when a source is saved; with --run, reboot")
    .option("-q, --quiet", "no progress lines")
    .addHelpText("after", EXAMPLES)
    .action(action);
}
