// What a person reads when sources are wrong: `file:line:column: error: …`, the source line, and a caret below the place.

import { MediaError } from "../../formats/media-error.ts";
import { AssemblerErrors } from "../asm/index.ts";
import { ImageError } from "../image/error.ts";
import { LinkError, ScriptError } from "../link/index.ts";
import { NativeError } from "../native/index.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

interface Place {
  file: string;
  /** Both count from 1. */
  line: number;
  column: number;
}

/** The source line with a caret and `length` - 1 tildes, each on a line of its own; empty when there is no such line. */
export function excerpt(tree: SourceTree, { file, line, column }: Place, length = 1): string {
  const text = tree.readText(file)?.split("\n")[line - 1]?.replace(/\r$/, "");
  if (text === undefined) return "";
  // Tabs stay, so that the caret stands where a terminal shows the place.
  const before = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  const tildes = "~".repeat(Math.max(0, Math.min(length, text.length - before.length) - 1));
  return `\n${text}\n${before}^${tildes}`;
}

/** The message for an error of the sources; undefined for an error of ours. */
export function messageOf(error: unknown, tree: SourceTree): string | undefined {
  if (error instanceof AssemblerErrors) {
    return error.errors.map((one) => one.show()).join("\n");
  }
  if (error instanceof ScriptError) return error.message + excerpt(tree, error);
  if (error instanceof LinkError) return error.problems.map((problem) => linkMessage(problem, tree)).join("\n");
  if (error instanceof NativeError || error instanceof ImageError || error instanceof MediaError)
    return asError(error.message);
  return error instanceof BuildError ? error.message : undefined;
}

/** The linker names the place behind what it says, as "(file:line)", and the symbol in quotes: together they are a column. */
function linkMessage(problem: string, tree: SourceTree): string {
  const [, file, lineText] = /\(([^\s()]+):(\d+)\)/.exec(problem) ?? [];
  const [, name = ""] = /'([^']+)'/.exec(problem) ?? [];
  if (file === undefined) return asError(problem);
  const line = Number(lineText);
  const column = (tree.readText(file)?.split("\n")[line - 1] ?? "").indexOf(name) + 1;
  if (name === "" || column === 0) return `${file}:${line}: error: ${problem}`;
  return `${file}:${line}:${column}: error: ${problem}${excerpt(tree, { file, line, column }, name.length)}`;
}

/** Puts the word "error" into a message that lacks it: after the place, if there is one. */
function asError(message: string): string {
  if (/(^|: )error: /.test(message)) return message;
  const place = /^[^\s:]+:\d+(:\d+)?: /.exec(message)?.[0] ?? "";
  return `${place}error: ${message.slice(place.length)}`;
}

/** Stages that do not need each other: each may fail, and all that is wrong is said at once. */
export class Stages {
  private readonly problems: string[] = [];

  constructor(private readonly tree: SourceTree) {}

  async do<T>(stage: () => T | Promise<T>): Promise<T | undefined> {
    try {
      return await stage();
    } catch (error) {
      const message = messageOf(error, this.tree);
      if (message === undefined) throw error;
      this.problems.push(message);
      return undefined;
    }
  }

  /** @throws BuildError with the messages of all stages that failed */
  finish(): void {
    if (this.problems.length > 0) throw new BuildError(this.problems.join("\n"));
  }
}
