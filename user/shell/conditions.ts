// The command test, also written [ … ]: whether something holds, for if and while. Its operators are those of POSIX, "test"; several tests
// are joined by the shell's own && and ||.

import { S_IFDIR, S_IFMT, S_IFREG, STAT_BYTES, Stat, stat } from "../library/files.ts";
import { numberOf } from "../library/options.ts";

const attributes = changetype<Stat>(memory.data(STAT_BYTES, 8));

const YES: i32 = 0;
const NO: i32 = 1;
const WRONG: i32 = 2;

/** The exit status for the words behind "test": 0 yes, 1 no, 2 if they are no test. */
export function evaluate(words: string[]): i32 {
  const count = words.length;
  if (count == 0) return NO;
  if (words[0] == "!" && count > 1) {
    const status = evaluate(words.slice(1));
    return status == WRONG ? WRONG : 1 - status;
  }
  if (count == 1) return statusOf(words[0] != "");
  if (count == 2) return unary(words[0], words[1]);
  return count == 3 ? binary(words[0], words[1], words[2]) : WRONG;
}

function statusOf(holds: bool): i32 {
  return holds ? YES : NO;
}

function unary(operator: string, text: string): i32 {
  if (operator == "-n") return statusOf(text != "");
  if (operator == "-z") return statusOf(text == "");
  const isFileTest = operator == "-e" || operator == "-f" || operator == "-d" || operator == "-s";
  if (!isFileTest) return WRONG;
  if (stat(text, attributes) < 0) return NO;
  const kind = attributes.mode & S_IFMT;
  if (operator == "-f") return statusOf(kind == S_IFREG);
  if (operator == "-d") return statusOf(kind == S_IFDIR);
  return statusOf(operator == "-e" || attributes.size > 0);
}

function binary(left: string, operator: string, right: string): i32 {
  if (operator == "=") return statusOf(left == right);
  if (operator == "!=") return statusOf(left != right);
  if (!isInteger(left) || !isInteger(right)) return WRONG;
  const a = integerOf(left);
  const b = integerOf(right);
  if (operator == "-eq") return statusOf(a == b);
  if (operator == "-ne") return statusOf(a != b);
  if (operator == "-lt") return statusOf(a < b);
  if (operator == "-le") return statusOf(a <= b);
  if (operator == "-gt") return statusOf(a > b);
  return operator == "-ge" ? statusOf(a >= b) : WRONG;
}

function isInteger(text: string): bool {
  return numberOf(text.startsWith("-") ? text.substring(1) : text) >= 0;
}

function integerOf(text: string): i32 {
  return text.startsWith("-") ? -numberOf(text.substring(1)) : numberOf(text);
}
