// For the tests: mistakes, one for each first argument.

import { puts } from "../library/stdio.ts";
import { argumentList } from "../library/text.ts";

export function main(argc: i32, argv: usize): i32 {
  const words = argumentList(argc, argv);
  const kind = words.length > 1 ? words[1] : "";
  if (kind == "null") writeTo(0);
  else if (kind == "kernel") writeTo(0x101000);
  else if (kind == "code") writeTo(0x08048100);
  else if (kind == "divide") puts(`${1000 / (words.length - 2)}`);
  else if (kind == "opcode") unreachable();
  else if (kind == "stack") puts(`${sum(words.length * 1000000)}`);
  else if (kind == "index") puts(words[words.length]);
  else if (kind == "assert") assert(words.length == 0, "nothing is nothing");
  else if (kind == "beyond") writeTo(0xc0000000);
  return 5;
}

function writeTo(address: usize): void {
  store<u32>(address, 1);
}

/** Calls itself until the stack is used up. */
function sum(limit: i32): i32 {
  if (limit == 0) return 0;
  return sum(limit - 1) + (limit & 3);
}
