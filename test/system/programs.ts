// Programs on MiniOS in our PC, for the tests: builds programs from user/tests, boots the kernel with them as modules, and types
// commands at the kernel's own shell.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { diskTree } from "../../cli/build/disk-tree.ts";
import { Machine } from "../../pc/machine.ts";
import { buildProgram, readPrograms } from "../../toolchain/build/programs.ts";
import { machineParts } from "../judges/ours.ts";
import { artefact, ROOT } from "../support.ts";

const MIB = 0x10_0000;
const PROMPT = "minios> ";
const MAX_INSTRUCTIONS = 2e9;

export interface Program {
  name: string;
  data: Uint8Array;
}

/** Compiles user/tests/NAME.ts as the programs on the image are compiled. */
export async function testProgram(name: string): Promise<Program> {
  const tree = diskTree(ROOT);
  const project = { ...readPrograms(tree, "user"), programs: "user/tests" };
  return { name, data: await buildProgram(tree, project, name) };
}

/** A program that is on the image. */
export function imageProgram(name: string): Program {
  return { name, data: new Uint8Array(readFileSync(join(ROOT, "build/bin", name))) };
}

/** A booted MiniOS at the prompt of its own shell. */
export class Session {
  private constructor(readonly machine: Machine) {}

  static async start(programs: readonly Program[], memoryMiB = 32, floppy?: Uint8Array): Promise<Session> {
    const machine = Machine.create({
      parts: await machineParts(),
      memoryBytes: memoryMiB * MIB,
      ...(floppy && { floppyA: Uint8Array.from(floppy) }),
      kernel: {
        image: artefact("kernel"),
        commandLine: "kernel.elf shell=monitor",
        modules: programs.map(({ name, data }) => ({ data, commandLine: name })),
      },
    });
    const session = new Session(machine);
    session.waitFor(() => session.output.endsWith(PROMPT), "the prompt");
    return session;
  }

  /** All that the serial line has shown. */
  get output(): string {
    return this.machine.serial[0].output.replaceAll("\r", "");
  }

  /** Types a command and returns the lines that it printed. */
  run(command: string): string[] {
    const start = this.output.length;
    this.machine.keyboard.type(`${command}\n`);
    this.waitFor(() => this.output.length > start && this.output.endsWith(`\n${PROMPT}`), command);
    return this.output.slice(start, -PROMPT.length).split("\n").slice(1, -1);
  }

  /** Types what a running program reads, and waits until it has said so. */
  type(text: string, answer: RegExp): void {
    const start = this.output.length;
    this.machine.keyboard.type(text);
    this.waitFor(() => answer.test(this.output.slice(start)), text);
  }

  waitFor(condition: () => boolean, what: string): void {
    const limit = this.machine.instructions + MAX_INSTRUCTIONS;
    const reason = this.machine.run({ until: condition, instructions: limit - this.machine.instructions });
    if (reason !== "until")
      throw new Error(`${what}: ${reason}; the screen's output so far:\n${this.output.slice(-2000)}`);
  }
}
