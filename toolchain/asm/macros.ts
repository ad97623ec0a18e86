// Macros and loops: bodies are kept as statements and come back with their arguments put in.

import { type Alternate, alternateArguments, substituteNames, withoutLocals } from "./altmacro.ts";
import { AssemblerError, type Position } from "./error.ts";
import { directiveOf, type Statement, splitStatements, stringEnd } from "./source.ts";

export interface Macro {
  name: string;
  parameters: Parameter[];
  body: Statement[];
}

interface Parameter {
  name: string;
  default: string;
  required: boolean;
  /** Takes all that is left, commas included. */
  rest: boolean;
}

const MAX_DEPTH = 64;
/** In characters: arguments that hold themselves twice would grow beyond all bounds. */
const MAX_STATEMENT = 1_000_000;
const MAX_EXPANDED = 5_000_000;

interface Frame {
  statements: Statement[];
  next: number;
  /** Inside how many expansions and includes. */
  depth: number;
  /** Levels of `.if` that were open outside. */
  conditions: number;
}

/** The statements still to come: the source file, and above it what includes, macros and loops put in. */
export class StatementStream {
  private readonly frames: Frame[] = [];
  private expanded = 0;
  /** Where the last collected block was closed. */
  closedAt: Position | undefined;

  push(statements: Statement[], position: Position, conditions = 0): void {
    const depth = (this.frames.at(-1)?.depth ?? 0) + 1;
    if (depth > MAX_DEPTH)
      throw new AssemblerError(position, `macros or includes are nested more than ${MAX_DEPTH} deep`);
    this.expanded += statements.length;
    if (this.expanded > MAX_EXPANDED)
      throw new AssemblerError(position, `macros and loops make more than ${MAX_EXPANDED} statements`);
    this.frames.push({ statements, next: 0, depth, conditions });
  }

  next(): Statement | undefined {
    for (;;) {
      const frame = this.frames.at(-1);
      if (!frame) return undefined;
      if (frame.next < frame.statements.length) return frame.statements[frame.next++];
      this.frames.pop();
    }
  }

  /** Leaves the innermost expansion (`.exitm`); returns how many levels of `.if` were open outside. */
  leave(): number | undefined {
    return this.frames.length > 1 ? this.frames.pop()?.conditions : undefined;
  }

  /** Drops everything (`.end`). */
  clear(): void {
    this.frames.length = 0;
  }

  /** Takes the statements up to the directive that closes the block which `opener` opened; blocks may nest. */
  collect(openers: RegExp, closer: RegExp, opened: Position, what: string): Statement[] {
    const body: Statement[] = [];
    let depth = 1;
    for (let statement = this.next(); statement; statement = this.next()) {
      const word = directiveOf(statement.text).directive;
      if (openers.test(word)) depth++;
      else if (closer.test(word) && --depth === 0) {
        this.closedAt = statement.position;
        return body;
      }
      body.push(statement);
    }
    throw new AssemblerError(opened, `${what} is not closed`);
  }
}

/** Parses what follows `.macro`: a name, then parameters with `=default`, `:req` or `:vararg`. */
export function parseMacroHead(text: string, position: Position): Omit<Macro, "body"> {
  const name = /^[A-Za-z_.$][\w.$]*/.exec(text)?.[0];
  if (!name) throw new AssemblerError(position, "name expected after .macro");
  const parameters = splitArguments(text.slice(name.length).replace(/^\s*,/, "")).map((argument): Parameter => {
    const parts = /^([A-Za-z_.$][\w.$]*)(?::(req|vararg))?(?:\s*=\s*(.*))?$/s.exec(argument);
    if (!parts) throw new AssemblerError(position, `macro parameter expected, found '${argument}'`);
    return {
      name: parts[1],
      default: unquote(parts[3] ?? ""),
      required: parts[2] === "req",
      rest: parts[2] === "vararg",
    };
  });
  return { name, parameters };
}

/**
 * An argument list as GNU as sees it: white space stays only between two characters of names, numbers and the signs that may begin
 * an operand, and there it parts two arguments.
 */
export function squeeze(text: string): string {
  let made = "";
  for (let i = 0; i < text.length; ) {
    if (text[i] === '"') {
      const end = stringEnd(text, i);
      const stop = end < 0 ? text.length : end;
      made += text.slice(i, stop);
      i = stop;
    } else if (text[i] === " ") {
      while (text[i] === " ") i++;
      const before = made.at(-1) ?? "";
      if (PARTS.test(before) && (PARTS.test(text[i] ?? "") || text[i] === "\\")) made += " ";
    } else made += text[i++];
  }
  return made;
}

/** Characters of names and numbers, and those that begin operands. */
const PARTS = /[\w.$*%\-([{}"\u0080-\uffff]/;

/** GNU's parts of a squeezed list: commas part everywhere, white space outside brackets. */
function gnuArgumentLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = stringEnd(text, i);
      if (end < 0) return text.length;
      i = end - 1;
    } else if (char === "(" || char === "[") depth++;
    else if (char === ")" || char === "]") depth--;
    else if (char === "," || (char === " " && depth <= 0)) return i;
  }
  return text.length;
}

/**
 * The statements of a macro call. `serial` is the value of `\@`.
 * @param alternate present after `.altmacro`
 */
export function expandMacro(
  macro: Macro,
  argumentText: string,
  position: Position,
  serial: number,
  alternate?: Alternate,
): Statement[] {
  const what = `macro '${macro.name}'`;
  if (alternate) {
    const given = alternateArguments(argumentText, alternate, position);
    const alternateValues = assignArguments(macro, given, position);
    return substitute(
      withoutLocals(macro.body, alternateValues, alternate),
      alternateValues,
      serial,
      what,
      position,
      undefined,
      "macro",
    );
  }
  // What GNU as takes means what it means there; what it would refuse may still be read with white space as written.
  let values: Map<string, string>;
  try {
    values = argumentValues(macro, squeeze(argumentText.trim()), position, gnuArgumentLength);
  } catch (error) {
    if (!(error instanceof AssemblerError)) throw error;
    values = argumentValues(macro, argumentText, position, firstArgumentLength);
  }
  return substitute(macro.body, values, serial, what, position);
}

function argumentValues(
  macro: Macro,
  argumentText: string,
  position: Position,
  argumentLength: (text: string) => number,
): Map<string, string> {
  const values = new Map<string, string>();
  const positional = macro.parameters.filter((parameter) => !parameter.rest);
  const rest = macro.parameters.find((parameter) => parameter.rest);
  let count = 0;
  let remaining = argumentText.trim();
  while (remaining !== "") {
    if (rest && count >= positional.length) {
      values.set(rest.name, remaining);
      break;
    }
    const length = argumentLength(remaining);
    const argument = remaining.slice(0, length).trim();
    remaining = remaining.slice(length).replace(/^\s*,?\s*/, "");
    const named = /^([A-Za-z_.$][\w.$]*)\s*=(?!=)\s*(.*)$/s.exec(argument);
    if (named && macro.parameters.some((parameter) => parameter.name === named[1])) {
      values.set(named[1], unquote(named[2]));
      continue;
    }
    const parameter = positional[count++];
    if (!parameter)
      throw new AssemblerError(position, `macro '${macro.name}' takes ${positional.length} arguments, found more`);
    if (argument !== "") values.set(parameter.name, unquote(argument));
  }
  return withDefaults(macro, values, position);
}

/** Arguments that are apart already; the one that takes the rest takes them with commas between. */
function assignArguments(macro: Macro, given: readonly string[], position: Position): Map<string, string> {
  const values = new Map<string, string>();
  const positional = macro.parameters.filter((parameter) => !parameter.rest);
  const rest = macro.parameters.find((parameter) => parameter.rest);
  if (given.length > positional.length && !rest)
    throw new AssemblerError(position, `macro '${macro.name}' takes ${positional.length} arguments, found more`);
  positional.forEach(({ name }, i) => {
    if (given[i]) values.set(name, given[i]);
  });
  if (rest && given.length > positional.length) values.set(rest.name, given.slice(positional.length).join(","));
  return withDefaults(macro, values, position);
}

function withDefaults(macro: Macro, values: Map<string, string>, position: Position): Map<string, string> {
  for (const parameter of macro.parameters) {
    if (parameter.required && !values.get(parameter.name))
      throw new AssemblerError(position, `macro '${macro.name}' needs its argument '${parameter.name}'`);
    if (!values.has(parameter.name)) values.set(parameter.name, parameter.default);
  }
  return values;
}

/** The body once more, with `\name`, `\@` and `\()` replaced; after `.altmacro` also plain names, and `&` beside them goes. */
export function substitute(
  body: Statement[],
  values: ReadonlyMap<string, string>,
  serial: number,
  what: string,
  position: Position,
  listed?: Position,
  alternate?: "macro" | "loop",
): Statement[] {
  return body.flatMap((statement) => {
    const plain = alternate ? substituteNames(statement.text, values, alternate === "macro") : statement.text;
    const text = plain.replace(/\\(\(\)|@|[A-Za-z_.$][\w.$]*)/g, (whole, name: string) => {
      if (name === "()") return "";
      if (name === "@") return `${serial}`;
      return values.get(name) ?? whole;
    });
    if (text.length > MAX_STATEMENT)
      throw new AssemblerError(position, `${what} makes a statement of more than ${MAX_STATEMENT} characters`);
    const origin: Position = { ...statement.position, expandedFrom: { what, position, listed } };
    if (text === statement.text) return [{ text, position: origin }];
    // An argument may hold separators of its own.
    return splitStatements(text, origin.file, (error) => {
      throw new AssemblerError(origin, error.reason);
    }).statements.map((part) => ({
      text: part.text,
      position: { ...origin, column: origin.column + part.position.column - 1 },
    }));
  });
}

/** Splits at commas, and at white space between two values, outside strings and parentheses. */
export function splitArguments(text: string): string[] {
  const found: string[] = [];
  let remaining = text.trim();
  while (remaining !== "") {
    const length = firstArgumentLength(remaining);
    found.push(remaining.slice(0, length).trim());
    const after = remaining.slice(length).trimStart();
    remaining = after.replace(/^,\s*/, "");
    if (remaining === "" && after !== "") found.push("");
  }
  return found;
}

function firstArgumentLength(text: string): number {
  let depth = 0;
  for (let i = 0; i < text.length; ) {
    const char = text[i];
    if (char === '"') {
      const end = stringEnd(text, i);
      i = end < 0 ? text.length : end;
      continue;
    }
    if (char === "(") depth++;
    if (char === ")") depth--;
    if (depth <= 0 && char === ",") return i;
    if (depth <= 0 && char === " ") {
      const next = text.slice(i).trimStart();
      const joins = /[-+*/|&^<>=!~(]$/.test(text.slice(0, i)) || /^[-+*/|&^<>=!)]/.test(next);
      if (!joins && next !== "") return i;
      i = text.length - next.length;
      continue;
    }
    i++;
  }
  return text.length;
}

function unquote(text: string): string {
  return text.length > 1 && text[0] === '"' && stringEnd(text, 0) === text.length ? text.slice(1, -1) : text;
}
