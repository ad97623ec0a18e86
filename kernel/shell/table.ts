// The shell's commands: a name, a line of help and a function each, in the order in which they were added.

import { malloc } from "../memory/heap.ts";
import { textEquals } from "../text.ts";

/** A command's function; `count` is the number of words with the command itself, and wordAt gives them. */
export type CommandFunction = (count: u32) => void;

@unmanaged
export class Command {
  next: Command | null;
  nameAddress: usize;
  helpAddress: usize;
  /** Index in the function table. */
  entry: u32;

  get name(): string {
    return changetype<string>(this.nameAddress);
  }

  get help(): string {
    return changetype<string>(this.helpAddress);
  }

  run(count: u32): void {
    call_indirect<void>(this.entry, count);
  }
}

let first: Command | null = null;
let last: Command | null = null;

/** Adds a command. `name` and `help` are string constants. */
export function addCommand(name: string, help: string, run: CommandFunction): void {
  const address = malloc(offsetof<Command>());
  assert(address != 0, "no memory for a command");
  const command = changetype<Command>(address);
  command.next = null;
  command.nameAddress = changetype<usize>(name);
  command.helpAddress = changetype<usize>(help);
  command.entry = run.index;
  if (last === null) first = command;
  else (last as Command).next = command;
  last = command;
}

/** The first command; follow `next` for the others. */
export function firstCommand(): Command | null {
  return first;
}

/** The command of that name, or null. */
export function findCommand(name: usize): Command | null {
  let command = first;
  while (command !== null && !textEquals(name, command.name)) command = command.next;
  return command;
}
