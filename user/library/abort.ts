// What a failed assertion, an index out of range and `throw` do: say where, and end the program. No variables: the compiler needs
// this file before it has seen those of others.

import { STDERR } from "../../kernel/abi/processes.ts";
import { SYS_EXIT, SYS_WRITE } from "../../kernel/abi/systemCalls.ts";
import { systemCall } from "./system.external.ts";

/** As a shell counts a program that was aborted: 128 and POSIX's SIGABRT. */
const STATUS: u32 = 134;
/** Of the message and of the file's name; longer ones are cut. */
const MAX_TEXT: i32 = 80;

export function abort(message: string | null, file: string | null, row: u32, column: u32): void {
  const line = memory.data(256);
  let end = line;
  if (file !== null) {
    end = addNumber(addText(addNumber(addText(addText(end, file), ":"), row), ":"), column);
    end = addText(end, ": ");
  }
  end = addText(addText(end, message === null ? "aborted" : message), "\n");
  systemCall(SYS_WRITE, STDERR, line, end - line, 0, 0);
  systemCall(SYS_EXIT, STATUS, 0, 0, 0, 0);
}

/** Appends at `end`; returns the new end. */
function addText(end: usize, text: string): usize {
  const length = min<i32>(text.length, MAX_TEXT);
  for (let i = 0; i < length; i++) store<u8>(end + i, text.charCodeAt(i) as u8);
  return end + length;
}

function addNumber(end: usize, value: u32): usize {
  const next = value > 9 ? addNumber(end, value / 10) : end;
  store<u8>(next, (0x30 + (value % 10)) as u8);
  return next + 1;
}
