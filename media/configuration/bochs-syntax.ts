// The lines of a Bochs configuration: `directive: parameter, name=value, …`, comments, #include, and $VARIABLES of the environment.
// Source: bochsrc(5).

import { dirname, isAbsolute, join } from "../paths.ts";
import { type Offset, quoted, SourceText } from "./source.ts";

export interface Parameter {
  /** What stands before "="; "" when there is none. */
  name: string;
  value: string;
  source: SourceText;
  offset: Offset;
  valueOffset: Offset;
}

export interface Directive {
  /** In lower case. */
  name: string;
  parameters: Parameter[];
  source: SourceText;
  offset: Offset;
}

/** What a configuration can see besides its own text. */
export interface Surroundings {
  /** The text of another file; undefined when it cannot be read. */
  readText: (path: string) => string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
}

/** Files in each other; Bochs has a limit as well. And how many in all, as eight files can include each other very often. */
const MOST_DEPTH = 8;
const MOST_INCLUDES = 100;

/**
 * The directives of a file and of those that it includes, in order.
 * @throws ConfigurationError for a line that is none, and a file that cannot be included
 */
export function readDirectives(source: SourceText, surroundings: Surroundings): Directive[] {
  let left = MOST_INCLUDES;
  const readText = (path: string) => (left-- > 0 ? surroundings.readText(path) : undefined);
  return readFile(source, { ...surroundings, readText }, 0);
}

function readFile(source: SourceText, surroundings: Surroundings, depth: number): Directive[] {
  const directives: Directive[] = [];
  for (const line of source.text.matchAll(/[^\r\n]+/g)) {
    const text = line[0].trim();
    const offset = line.index + line[0].indexOf(text);
    const include = /^#include\s+(.+)$/.exec(text);
    if (include) {
      const included = includedFile(source, offset, include[1], surroundings, depth);
      directives.push(...readFile(included, surroundings, depth + 1));
      continue;
    }
    if (text === "" || text.startsWith("#")) continue;
    const head = /^([A-Za-z_][\w-]*)\s*:/.exec(text);
    if (!head) throw source.error(offset, `expected "directive: …" or a comment, found ${quoted(text)}`);
    const rest = text.slice(head[0].length);
    const parameters = splitParameters(source, offset + head[0].length, rest);
    directives.push({ name: head[1].toLowerCase(), parameters, source, offset });
  }
  return directives;
}

function includedFile(
  source: SourceText,
  offset: Offset,
  written: string,
  surroundings: Surroundings,
  depth: number,
): SourceText {
  if (depth === MOST_DEPTH)
    throw source.error(offset, `expected at most ${MOST_DEPTH} files in each other, found more`);
  const name = expand(source, offset, written.trim().replace(/^"(.*)"$/, "$1"), surroundings.environment);
  const path = isAbsolute(name) ? name : join(dirname(source.file), name);
  const text = surroundings.readText(path);
  if (text === undefined)
    throw source.error(offset, `#include: expected a file that can be read, found ${quoted(path)}`);
  return new SourceText(path, text);
}

/** Splits at commas; inside quotes everything stands for itself. A "#" after white space begins a comment. */
function splitParameters(source: SourceText, start: Offset, text: string): Parameter[] {
  const parameters: Parameter[] = [];
  let quoteAt = -1;
  let from = 0;
  let end = text.length;
  const push = (to: number) => {
    const parameter = parameterOf(source, start + from, text.slice(from, to));
    if (parameter) parameters.push(parameter);
    from = to + 1;
  };
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoteAt = quoteAt < 0 ? i : -1;
    else if (quoteAt >= 0) continue;
    else if (text[i] === ",") push(i);
    else if (text[i] === "#" && /\s/.test(text[i - 1] ?? " ")) {
      end = i;
      break;
    }
  }
  if (quoteAt >= 0) throw source.error(start + quoteAt, 'expected a closing ", found the end of the line');
  push(end);
  return parameters;
}

function parameterOf(source: SourceText, start: Offset, text: string): Parameter | undefined {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  const offset = start + text.indexOf(trimmed);
  const named = /^([A-Za-z_0-9]+)\s*=\s*/.exec(trimmed);
  const value = trimmed.slice(named?.[0].length ?? 0);
  return {
    name: named?.[1].toLowerCase() ?? "",
    value: value.replaceAll('"', ""),
    source,
    offset,
    valueOffset: offset + (named?.[0].length ?? 0),
  };
}

/**
 * Puts in what $NAME, $(NAME) and ${NAME} stand for.
 * @throws ConfigurationError for a variable that is not set
 */
export function expand(
  source: SourceText,
  offset: Offset,
  text: string,
  environment: Surroundings["environment"],
): string {
  return text.replace(/\$(?:\((\w+)\)|\{(\w+)\}|(\w+))/g, (_whole, round?: string, curly?: string, bare?: string) => {
    const name = round ?? curly ?? bare ?? "";
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (value === undefined) throw source.error(offset, `expected the variable ${name} in the environment, found none`);
    return value;
  });
}
