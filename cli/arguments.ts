// QEMU writes long options with one dash (-fda); commander reads that as the short options -f -d -a. Known names get their
// second dash here.

import type { Command } from "commander";

/**
 * @param command whose options are meant
 * @param singleDash names (without dash) that may be written with one dash
 * @returns the arguments with two dashes on those names; values of options and what follows `--` stay as they are
 */
export function normaliseArguments(args: readonly string[], command: Command, singleDash: readonly string[]): string[] {
  const names = new Set(singleDash);
  const takesValue = new Set<string | undefined>();
  for (const option of command.options) if (option.required) takesValue.add(option.long).add(option.short);
  takesValue.delete(undefined);

  const result: string[] = [];
  for (let at = 0; at < args.length; at++) {
    if (args[at] === "--") return [...result, ...args.slice(at)];
    const name = /^-([a-z][a-z-]+)(=|$)/.exec(args[at]);
    const argument = name && names.has(name[1]) ? `-${args[at]}` : args[at];
    result.push(argument);
    if (takesValue.has(argument) && at + 1 < args.length) result.push(args[++at]);
  }
  return result;
}
