// The options of `minios new`.

import { Command } from "commander";

export interface NewOptions {
  template: string;
}

const EXAMPLES = `
Templates:
  boot-sector    512 bytes of assembly that the BIOS loads and starts
  multiboot      a kernel in assembly that a Multiboot boot loader starts
  kernel         a kernel in TypeScript, and a floppy image that boots it
  xen            a guest for Xen in TypeScript, and the domain file that starts it

Examples:
  minios new hello                          a kernel in TypeScript, in the folder hello/
  minios new first --template boot-sector   where a PC begins

Exit status: 0 made, 2 a name or template that cannot be, or a folder that has something in it.`;

export function newCommand(action: (name: string, options: NewOptions) => Promise<void>): Command {
  return new Command("new")
    .summary("start a project of your own")
    .description("Makes a folder with a small project that builds and boots, for you to change.")
    .argument("<name>", "the project's name and its folder's")
    .option("-t, --template <template>", "what to start from", "kernel")
    .addHelpText("after", EXAMPLES)
    .action(action);
}
