// Patterns: "*" stands for any characters, "?" for one, in the last part of a path. A backslash makes the next character plain.

import { listDirectory } from "../library/directory.ts";

/** The files that a pattern stands for, in order; none if there is no such file. */
export function expandPattern(pattern: string): string[] {
  const slash = pattern.lastIndexOf("/");
  const directory = pattern.substring(0, slash + 1);
  const names = pattern.substring(slash + 1);
  const found: string[] = [];
  const entries = listDirectory(directory == "" ? "." : directory);
  if (entries === null) return found;
  for (let i = 0; i < entries.length; i++) {
    const name = entries[i].name;
    const isHidden = name.startsWith(".") && !names.startsWith(".");
    if (!isHidden && matches(name, names)) found.push(directory + name);
  }
  return found;
}

/** Goes back to the last "*" when what follows it doesn't fit, and lets it stand for one more character. */
export function matches(text: string, pattern: string): bool {
  let at = 0;
  let inPattern = 0;
  let starAt = -1;
  let starText = 0;
  while (at < text.length) {
    let next = inPattern < pattern.length ? pattern.charAt(inPattern) : "";
    if (next == "*") {
      starAt = inPattern++;
      starText = at;
      continue;
    }
    const isAny = next == "?";
    const width = next == "\\" ? 2 : 1;
    if (width == 2) next = inPattern + 1 < pattern.length ? pattern.charAt(inPattern + 1) : "";
    if (next != "" && (isAny || next == text.charAt(at))) {
      at++;
      inPattern += width;
    } else if (starAt >= 0) {
      inPattern = starAt + 1;
      at = ++starText;
    } else {
      return false;
    }
  }
  while (inPattern < pattern.length && pattern.charAt(inPattern) == "*") inPattern++;
  return inPattern == pattern.length;
}
