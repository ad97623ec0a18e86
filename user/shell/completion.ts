// Tab: the first word of a command is a program or one of the shell's own commands, the others are files.

import { listDirectory } from "../library/directory.ts";
import { BUILTINS } from "./builtinNames.ts";

export const PROGRAMS = "/bin";

export class Completion {
  /** What comes behind the cursor. */
  added: string = "";
  /** What could come, if it isn't clear. */
  choices: string[] = [];
}

export function complete(before: string): Completion {
  let start = before.length;
  while (start > 0 && !isBreak(before.charAt(start - 1))) start--;
  const word = before.substring(start);
  const result = new Completion();
  if (isFirstWord(before.substring(0, start)) && !word.includes("/")) completeCommand(word, result);
  else completeFile(word, result);
  return result;
}

function isBreak(character: string): bool {
  return (
    character == " " || character == "|" || character == ";" || character == "&" || character == "<" || character == ">"
  );
}

function isFirstWord(before: string): bool {
  const text = before.trimEnd();
  if (text == "") return true;
  const last = text.charAt(text.length - 1);
  return last == "|" || last == ";" || last == "&";
}

function completeCommand(word: string, result: Completion): void {
  const names: string[] = [];
  for (let i = 0; i < BUILTINS.length; i++) {
    if (BUILTINS[i].startsWith(word)) names.push(BUILTINS[i]);
  }
  const entries = listDirectory(PROGRAMS);
  if (entries !== null) {
    for (let i = 0; i < entries.length; i++) {
      if (entries[i].name.startsWith(word)) names.push(entries[i].name);
    }
  }
  names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  settle(word, names, " ", result);
}

function completeFile(word: string, result: Completion): void {
  const slash = word.lastIndexOf("/");
  const directory = word.substring(0, slash + 1);
  const part = word.substring(slash + 1);
  const entries = listDirectory(directory == "" ? "." : directory);
  if (entries === null) return;
  const names: string[] = [];
  let end = " ";
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].name;
    if (!name.startsWith(part) || (name.startsWith(".") && part == "")) continue;
    names.push(name);
    end = entries[i].isDirectory ? "/" : " ";
  }
  settle(part, names, end, result);
}

/** Adds what all names have in common; all of the name and `end` if there is one only. */
function settle(word: string, names: string[], end: string, result: Completion): void {
  if (names.length == 0) return;
  let common = names[0];
  for (let i = 1; i < names.length; i++) {
    let length = 0;
    const shorter = min<i32>(common.length, names[i].length);
    while (length < shorter && common.charCodeAt(length) == names[i].charCodeAt(length)) length++;
    common = common.substring(0, length);
  }
  result.added = common.substring(word.length) + (names.length == 1 ? end : "");
  result.choices = names;
}
