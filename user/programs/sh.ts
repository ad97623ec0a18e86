// sh: the shell. Reads commands from a person, with history and completion; from a script: sh FILE ARGUMENT...; from a
// line: sh -c LINE; or from its input. ../shell/syntax.ts and statements.ts say what a line may be.

import { TTY_GET_MODE } from "../../kernel/abi/ioctl.ts";
import { getcwd, ioctl, STDIN } from "../library/files.ts";
import { LineReader } from "../library/lines.ts";
import { argumentList } from "../library/text.ts";
import { LineEditor } from "../shell/line.ts";
import { Shell, setArguments } from "../shell/run.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const shell = new Shell();
  if (words.length > 2 && words[1] == "-c") {
    setArguments(words.slice(2));
    shell.runLine(words[2]);
    shell.endLines();
    return shell.status;
  }
  setArguments(words.length > 1 ? words.slice(1) : words);
  if (words.length > 1) shell.runScript(words[1]);
  else if (ioctl(STDIN, TTY_GET_MODE, 0) >= 0) runInteractive(shell);
  else runInput(shell);
  return shell.status;
}

function runInteractive(shell: Shell): void {
  const editor = new LineEditor(shell.history);
  while (!shell.isDone) {
    shell.reportJobs();
    const line = editor.read(shell.isUnfinished ? "> " : prompt());
    if (line === null) return;
    if (editor.isGivenUp) shell.endLines(true);
    shell.history.add(line);
    shell.runLine(line);
  }
}

function runInput(shell: Shell): void {
  const reader = new LineReader(STDIN);
  for (let line = reader.next(); line !== null && !shell.isDone; line = reader.next()) shell.runLine(line);
  shell.endLines();
}

/** "minios> ", with the current directory once it isn't the root. */
function prompt(): string {
  const directory = getcwd();
  return directory == "/" ? "minios> " : `minios:${directory}> `;
}
