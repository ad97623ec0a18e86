// The sub-commands of `minios`, and what becomes of errors. Everything it touches comes in, so tests can call it.

import { Command, CommanderError } from "commander";
import packageJson from "../package.json" with { type: "json" };
import { normaliseArguments } from "./arguments.ts";
import type { Boot } from "./build/command.ts";
import { buildCommand } from "./build/options.ts";
import { InputError, systemErrorText, UsageError } from "./errors.ts";
import type { Io } from "./io.ts";
import { mkimageCommand } from "./mkimage/options.ts";
import { newCommand } from "./new/options.ts";
import { type RunContext, run } from "./run/command.ts";
import { type RunOptions, runCommand, SINGLE_DASH_OPTIONS } from "./run/options.ts";
import { lookingCommands } from "./tools/index.ts";
import { OWN_OPTION_TOOLS } from "./tools/own-options.ts";
import { relocate, relocateCommand } from "./tools/relocate.ts";

const FAILED = 1;
const BAD_INPUT = 2;

/**
 * Runs the command line.
 * @param args without the names of node and the script
 * @returns the exit status: 0 fine, 1 the guest failed, 2 wrong usage or wrong input
 */
export async function runProgram(args: readonly string[], context: RunContext): Promise<number> {
  const { io } = context;
  let status = 0;
  const runs = runCommand(async (image, options) => {
    status = await run(context, image, options);
  });
  const { before, after } = splitAtDashes(args);
  const builds = buildCommand(async (folder, options) => {
    if (after && !options.run) throw new UsageError(`build: "-- ${after.join(" ")}" is for --run`);
    const boots = await prepareBoot(context, after ?? []);
    // The toolchain is loaded only when something is built.
    const { build } = await import("./build/command.ts");
    status = await build(io, folder, options, boots);
  });
  const news = newCommand(async (name, options) => {
    const { createProject } = await import("./new/command.ts");
    createProject(io, name, options);
  });
  const relocates = relocateCommand(async (bootSector, kernel, options) => {
    status = await relocate(io, bootSector, kernel, options);
  });
  const program = new Command("minios")
    .description("MiniOS: an operating system in TypeScript, the tools that build it and the PC that runs it.")
    .version(packageJson.version)
    .addCommand(runs)
    .addCommand(builds)
    .addCommand(news)
    .addCommand(relocates)
    .addCommand(mkimageCommand(io))
    .helpCommand(false);
  const looking = lookingCommands(io, (result) => {
    status = result;
  });
  for (const command of looking) program.addCommand(command);
  for (const { name, summary } of OWN_OPTION_TOOLS) program.addCommand(new Command(name).summary(summary));
  speakThrough(io, program);
  // A reader that went away (| head) is no fault; a full disk behind standard output is.
  let outputError: (Error & { code?: string }) | undefined;
  io.stdout.on("error", (error: Error & { code?: string }) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") outputError = error;
  });
  try {
    const [name, ...rest] = args;
    const tool = OWN_OPTION_TOOLS.find((each) => each.name === name);
    if (tool) return await tool.run(io, rest);
    let normalised = args;
    if (name === runs.name()) normalised = [name, ...normaliseArguments(rest, runs, SINGLE_DASH_OPTIONS)];
    else if (name === builds.name()) normalised = before;
    await program.parseAsync(normalised, { from: "user" });
    if (outputError) io.stderr.write(`minios: standard output: ${systemErrorText(outputError)}\n`);
    return outputError ? status || FAILED : status;
  } catch (error) {
    return statusOf(error, io);
  }
}

/** What stands before "--", and what after it if there is one. */
function splitAtDashes(args: readonly string[]): { before: readonly string[]; after?: readonly string[] } {
  const at = args.indexOf("--");
  return at < 0 ? { before: args } : { before: args.slice(0, at), after: args.slice(at + 1) };
}

/** `minios run` for `minios build --run`: its options are checked now, its image comes later. */
async function prepareBoot(context: RunContext, args: readonly string[]): Promise<Boot> {
  let chosen: RunOptions | undefined;
  const command = runCommand(async (image, options) => {
    if (image !== undefined) throw new UsageError(`build --run: the image is the one that is built, not ${image}`);
    chosen = options;
  });
  speakThrough(context.io, command);
  await command.parseAsync(normaliseArguments(args, command, SINGLE_DASH_OPTIONS), { from: "user" });
  return async (image, control) => {
    if (!chosen) throw new UsageError("build --run: no options");
    return run(context, image, chosen, control);
  };
}

/** Help goes to standard output; a mistake is one line on standard error, and thrown. For sub-commands, too. */
function speakThrough(io: Io, command: Command): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.stdout.write(text),
    writeErr: (text) => io.stderr.write(text),
    outputError: (text, write) =>
      write(
        `minios: ${text
          .replace(/^error: /, "")
          .trim()
          .replaceAll("\n", " ")}\n`,
      ),
  });
  for (const inner of command.commands) speakThrough(io, inner);
}

/** Says what is wrong with what we were given; anything else is a fault of ours and goes on. */
function statusOf(error: unknown, io: Io): number {
  // Commander has said it already: help and version with status 0, wrong usage with another.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_INPUT;
  if (error instanceof UsageError || error instanceof InputError) {
    io.stderr.write(`minios: ${error.message}\n`);
    return BAD_INPUT;
  }
  throw error;
}
