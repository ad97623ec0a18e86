// `[ … ]` and `test …`: questions about texts, numbers and files. Source: GNU GRUB Manual 2.06, "test".

import { parseNumber, textEquals, textLength } from "../kernel/text.ts";
import { word } from "./script.ts";
import { fileSize, isDirectoryAt, openFile } from "./volume.ts";

/** Whether what words `from` to `end` (not included) say is so. */
export function isSo(from: u32, end: u32): bool {
  for (let i = from; i < end; i++) if (textEquals(word(i), "-o")) return isSo(from, i) || isSo(i + 1, end);
  for (let i = from; i < end; i++) if (textEquals(word(i), "-a")) return isSo(from, i) && isSo(i + 1, end);
  if (from < end && textEquals(word(from), "!")) return !isSo(from + 1, end);
  const count = end - from;
  if (count == 1) return load<u8>(word(from)) != 0;
  if (count == 2) return isTrueOf(word(from), word(from + 1));
  return count == 3 && isTrueBetween(word(from), word(from + 1), word(from + 2));
}

function isTrueOf(operator: usize, text: usize): bool {
  if (textEquals(operator, "-n")) return load<u8>(text) != 0;
  if (textEquals(operator, "-z")) return load<u8>(text) == 0;
  if (textEquals(operator, "-d")) return isDirectoryAt(text);
  if (textEquals(operator, "-f")) return openFile(text);
  if (textEquals(operator, "-e")) return openFile(text) || isDirectoryAt(text);
  return textEquals(operator, "-s") && openFile(text) && fileSize() > 0;
}

function isTrueBetween(left: usize, operator: usize, right: usize): bool {
  const length = textLength(left);
  const isSame = length == textLength(right) && memory.compare(left, right, length) == 0;
  if (textEquals(operator, "=") || textEquals(operator, "==")) return isSame;
  if (textEquals(operator, "!=")) return !isSame;
  const a = parseNumber(left);
  const b = parseNumber(right);
  if (textEquals(operator, "-eq")) return a == b;
  if (textEquals(operator, "-ne")) return a != b;
  if (textEquals(operator, "-lt")) return a < b;
  if (textEquals(operator, "-le")) return a <= b;
  if (textEquals(operator, "-gt")) return a > b;
  return textEquals(operator, "-ge") && a >= b;
}
