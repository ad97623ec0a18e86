// `.altmacro`: macros in the way of other assemblers. Parameters count without a backslash, `&` parts them from what stands beside
// them, `LOCAL` makes labels of a call's own, `<…>` is one argument, and `%expression` is its value in decimal.
// Source: Using as, "Altmacro".

import { AssemblerError, type Position } from "./error.ts";
import { directiveOf, type Statement, stringEnd } from "./source.ts";

export interface Alternate {
  /** The value of `%expression`. */
  evaluate(text: string, position: Position): bigint;
  /** A number that no `LOCAL` name has had. */
  nextLocal(): number;
}

const LOCAL = /^local\s+(.*)$/i;

/** Takes the LOCAL statements out of a body; the names that they make join the parameters' values. */
export function withoutLocals(
  body: readonly Statement[],
  values: Map<string, string>,
  alternate: Alternate,
): Statement[] {
  return body.filter((statement) => {
    const { labels } = directiveOf(statement.text);
    const names = LOCAL.exec(statement.text.slice(labels))?.[1];
    if (names === undefined) return true;
    for (const name of names.split(/[\s,]+/).filter((part) => part !== ""))
      values.set(name, `.LL${alternate.nextLocal().toString(16).padStart(4, "0")}`);
    return false;
  });
}

/**
 * Puts in values for names that stand without a backslash, in strings as well.
 * @param joins whether `&` beside a name parts it from its neighbours and goes, as it does in macros but not in loops
 */
export function substituteNames(text: string, values: ReadonlyMap<string, string>, joins: boolean): string {
  if (values.size === 0) return text;
  const names = [...values.keys()].map((name) => name.replace(/[.$]/g, "\\$&")).join("|");
  const parted = joins ? "&?" : "";
  const pattern = new RegExp(`${parted}(?<![\\w.$\\\\])(${names})(?![\\w.$])${parted}`, "g");
  return text.replace(pattern, (_, name: string) => values.get(name) ?? name);
}

/** Arguments between commas or white space. */
export function alternateArguments(text: string, alternate: Alternate, position: Position): string[] {
  const found: string[] = [];
  let rest = text.trim();
  while (rest !== "") {
    const { value, length } = argument(rest, alternate, position);
    found.push(value);
    const after = rest.slice(length).trimStart();
    rest = after.replace(/^,\s*/, "");
    if (rest === "" && after !== "") found.push("");
  }
  return found;
}

function argument(text: string, alternate: Alternate, position: Position): { value: string; length: number } {
  switch (text[0]) {
    case "%": {
      const length = plainLength(text);
      return { value: `${alternate.evaluate(text.slice(1, length), position)}`, length };
    }
    case "<":
      return bracketed(text, position);
    case '"': {
      const end = stringEnd(text, 0);
      if (end < 0) throw new AssemblerError(position, "quotation mark of the macro argument is not closed");
      return { value: text.slice(1, end - 1), length: end };
    }
    default: {
      const length = plainLength(text);
      const value = text.slice(0, length).trim();
      // A character is its number, in strings too.
      const character = /^'([^\\])'?$/.exec(value)?.[1];
      return { value: character === undefined ? value : `${character.charCodeAt(0)}`, length };
    }
  }
}

/** `<a, b>` with brackets inside it; `!` takes the next character as it is. */
function bracketed(text: string, position: Position): { value: string; length: number } {
  let value = "";
  let depth = 1;
  for (let i = 1; i < text.length; i++) {
    const char = text[i];
    if (char === "!" && i + 1 < text.length) {
      value += text[++i];
      continue;
    }
    if (char === "<") depth++;
    if (char === ">" && --depth === 0) return { value, length: i + 1 };
    value += char;
  }
  throw new AssemblerError(position, "'<' of the macro argument is not closed");
}

/** Up to a comma, or white space, outside of parentheses and strings. */
function plainLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = stringEnd(text, i);
      i = end < 0 ? text.length : end - 1;
    } else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (depth <= 0 && (char === "," || char === " ")) return i;
  }
  return text.length;
}
