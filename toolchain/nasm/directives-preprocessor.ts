// The preprocessor's directives by name.
// Source: the NASM manual, chapter 4.

import { AssemblerError, type Position } from "../asm/error.ts";
import type { Define } from "./defines.ts";
import { evaluate, isSimple, parseExpression, Reader, type Scope } from "./expression.ts";
import { type MultiLineMacro, splitArguments } from "./macros.ts";
import { PACKAGES } from "./packages.ts";
import type { Preprocessor } from "./preprocessor.ts";
import { quoted, scan, stringBytes, type Token, textOf, trim, withoutSpace } from "./tokens.ts";

type Directive = (preprocessor: Preprocessor, tokens: Token[], position: Position, name: string) => void;

const MAX_ROUNDS = 1_000_000;

function evaluated(preprocessor: Preprocessor, tokens: readonly Token[], position: Position, what: string): bigint {
  const reader = new Reader(withoutSpace(preprocessor.defines.expand(tokens, position)), position);
  const expression = parseExpression(reader);
  reader.expectEnd();
  const { scope } = preprocessor;
  const watched: Scope = {
    symbol: (name, at) => {
      preprocessor.dependsOnLayout = true;
      return scope.symbol(name, at);
    },
    here: () => {
      preprocessor.dependsOnLayout = true;
      return scope.here();
    },
    base: () => scope.base(),
  };
  const value = evaluate(expression, watched);
  if (value.unknown) throw new AssemblerError(position, `${what} needs a value that is known here`);
  if (!isSimple(value)) throw new AssemblerError(position, `${what} needs a constant`);
  return value.constant;
}

/** The name that a directive defines: a name or `%$name`. */
function nameToken(tokens: readonly Token[], position: Position, directive: string): Token {
  const [token] = tokens;
  if (!token || (token.kind !== "name" && !/^%(?:\$|\{\$)/.test(token.text)))
    throw new AssemblerError(position, `%${directive} needs a name`);
  return token;
}

const define: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  let rest = tokens.slice(1);
  let parameters: string[] | undefined;
  if (rest[0]?.text === "(") {
    const close = rest.findIndex((part) => part.text === ")");
    if (close < 0) throw new AssemblerError(position, `%${directive}: ')' expected after the parameters`);
    const inner = withoutSpace(rest.slice(1, close)).filter((part) => part.text !== ",");
    parameters = inner.filter((part) => part.kind === "name").map((part) => part.text);
    rest = rest.slice(close + 1);
  }
  let body = trim(rest);
  if (/x/.test(directive)) body = preprocessor.defines.expand(body, position);
  setDefine(preprocessor, token, position, { parameters, body, anyCase: directive.startsWith("i") });
};

function setDefine(preprocessor: Preprocessor, token: Token, position: Position, what: Omit<Define, "name">): void {
  const { table, name } = preprocessor.defines.locate(token, position);
  table.set({ name, ...what });
}

function setText(preprocessor: Preprocessor, token: Token, position: Position, text: string): void {
  setDefine(preprocessor, token, position, { parameters: undefined, body: scan(text, position), anyCase: false });
}

/** The string that the tokens come to. */
function stringOf(preprocessor: Preprocessor, tokens: readonly Token[], position: Position, directive: string): string {
  const [token, ...more] = trim(preprocessor.defines.expand(tokens, position));
  if (token?.kind !== "string" || more.length > 0) throw new AssemblerError(position, `%${directive} needs a string`);
  return stringBytes(token);
}

const assign: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  const value = evaluated(preprocessor, tokens.slice(1), position, `%${directive}`);
  const body = scan(value < 0n ? `-${-value}` : String(value), position);
  setDefine(preprocessor, token, position, { parameters: undefined, body, anyCase: directive.startsWith("i") });
};

const undefine: Directive = (preprocessor, tokens, position, directive) => {
  const { table, name } = preprocessor.defines.locate(nameToken(tokens, position, directive), position);
  table.delete(name);
};

const stringLength: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  setText(preprocessor, token, position, String(stringOf(preprocessor, tokens.slice(1), position, directive).length));
};

const substring: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  const [source, ...numbers] = trim(preprocessor.defines.expand(tokens.slice(1), position));
  if (source?.kind !== "string") throw new AssemblerError(position, "%substr needs a string");
  const text = stringBytes(source);
  const reader = new Reader(withoutSpace(numbers).slice(numbers[0]?.text === "," ? 1 : 0), position);
  const number = () => Number(evaluate(parseExpression(reader), preprocessor.scope).constant);
  const start = number();
  let count = 1;
  if (reader.take(",")) count = number();
  reader.expectEnd();
  const end = count < 0 ? text.length + count + 1 : start - 1 + count;
  setText(preprocessor, token, position, quotedBytes(text.slice(Math.max(start - 1, 0), Math.max(end, 0))));
};

const concatenate: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  const parts = withoutSpace(preprocessor.defines.expand(tokens.slice(1), position)).filter(
    (part) => part.text !== ",",
  );
  if (parts.some((part) => part.kind !== "string")) throw new AssemblerError(position, "%strcat needs strings");
  setText(preprocessor, token, position, quotedBytes(parts.map(stringBytes).join("")));
};

const defineString: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  const text = textOf(trim(preprocessor.defines.expand(tokens.slice(1), position)));
  setText(preprocessor, token, position, quoted(text));
};

const defineTokens: Directive = (preprocessor, tokens, position, directive) => {
  const token = nameToken(tokens, position, directive);
  setText(preprocessor, token, position, stringOf(preprocessor, tokens.slice(1), position, directive));
};

/** A string token for bytes; those that no plain string can hold are escaped. */
function quotedBytes(bytes: string): string {
  if (/^[\x20-\x7e]*$/.test(bytes)) return quoted(bytes);
  const escaped = bytes.replace(
    /[^\x20-\x7e]|[\\`]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return `\`${escaped}\``;
}

// Multi-line macros and loops

/** `1`, `1-3`, `1-*`, `1+`, and `.nolist`. */
function parseCounts(
  tokens: readonly Token[],
  position: Position,
): { minimum: number; maximum: number; greedy: boolean; used: number } {
  let text = "";
  let used = 0;
  while (used < tokens.length && tokens[used].kind !== "space") text += tokens[used++].text;
  const match = /^(\d+)(?:-(\d+|\*))?(\+?)(?:\.nolist)?$/.exec(text);
  if (!match && text !== "") throw new AssemblerError(position, `number of macro parameters expected, found '${text}'`);
  const minimum = Number(match?.[1] ?? 0);
  const maximum = match?.[2] === "*" ? Number.POSITIVE_INFINITY : Number(match?.[2] ?? minimum);
  if (maximum < minimum) throw new AssemblerError(position, "a macro can't take fewer parameters than it needs");
  return { minimum, maximum, greedy: match?.[3] === "+", used };
}

const macro: Directive = (preprocessor, tokens, position, directive) => {
  const [name] = tokens;
  if (!name) throw new AssemblerError(position, `%${directive} needs a name`);
  // A name may be made of several tokens, such as %macro %1foo.
  let end = 0;
  while (end < tokens.length && tokens[end].kind !== "space") end++;
  const counted = trim(tokens.slice(end));
  const { minimum, maximum, greedy, used } = parseCounts(counted, position);
  const made: MultiLineMacro = {
    name: textOf(tokens.slice(0, end)),
    anyCase: directive.includes("i"),
    minimum,
    maximum,
    greedy,
    recursive: directive.includes("rm"),
    defaults: splitArguments(trim(counted.slice(used))),
    lines: [],
    file: preprocessor.currentFrame?.file ?? position.file,
    active: 0,
  };
  preprocessor.collectMacro(made, position);
};

const unmacro: Directive = (preprocessor, tokens, position) => {
  const { minimum, maximum } = parseCounts(trim(tokens.slice(1)), position);
  preprocessor.macros.remove(tokens[0]?.text ?? "", minimum, maximum);
};

const rotate: Directive = (preprocessor, tokens, position) => {
  const call = preprocessor.currentCall;
  if (!call) throw new AssemblerError(position, "%rotate outside of a macro");
  const by = Number(evaluated(preprocessor, tokens, position, "%rotate"));
  if (call.given.length > 0) call.rotation = (call.rotation + by) % call.given.length;
};

const repeat: Directive = (preprocessor, tokens, position) => {
  const last = tokens.at(-1);
  const counted = last?.text.toLowerCase() === ".nolist" ? tokens.slice(0, -1) : tokens;
  // The lines are read whatever the count, so that %endrep finds its %rep.
  preprocessor.collectLoop(0, position);
  const rounds = evaluated(preprocessor, counted, position, "%rep");
  if (rounds > BigInt(MAX_ROUNDS)) throw new AssemblerError(position, `%rep ${rounds}: at most ${MAX_ROUNDS} rounds`);
  preprocessor.collectLoop(Number(rounds), position);
};

/** `%use package`: once. */
const use: Directive = (preprocessor, tokens, position) => {
  const [token, ...more] = trim(tokens);
  const name = token?.kind === "string" ? stringBytes(token) : (token?.text ?? "");
  const text = PACKAGES.get(name.toLowerCase());
  if (text === undefined || more.length > 0)
    throw new AssemblerError(position, `%use: ${[...PACKAGES.keys()].join(", ")} expected, found '${name}'`);
  preprocessor.usePackage(name.toLowerCase(), text, position);
};

// Names for what is on the stack

const STACKS: Readonly<Record<string, Preprocessor["stack"]>> = {
  flat: { slot: 4, pointer: "ebp", arguments: 8, locals: 0 },
  large: { slot: 2, pointer: "bp", arguments: 4, locals: 0 },
  small: { slot: 2, pointer: "bp", arguments: 6, locals: 0 },
};

const STACK_TYPES: Readonly<Record<string, number>> = { byte: 1, word: 2, dword: 4, qword: 8, tword: 10 };

/** `%stacksize flat`: how far arguments are from the frame pointer, and which that is. */
const stackSize: Directive = (preprocessor, tokens, position) => {
  const name = textOf(trim(tokens)).toLowerCase();
  if (!Object.hasOwn(STACKS, name))
    throw new AssemblerError(position, `%stacksize: ${Object.keys(STACKS).join(", ")} expected, found '${name}'`);
  preprocessor.stack = { ...STACKS[name] };
};

/** `%arg a:word, b:dword` and `%local c:dword`: the names come to mean their place behind the frame pointer. */
const stackNames: Directive = (preprocessor, tokens, position, directive) => {
  const { stack } = preprocessor;
  for (const part of splitArguments(tokens)) {
    const [name, colon, type, ...more] = withoutSpace(part);
    const bytes = STACK_TYPES[type?.text.toLowerCase() ?? ""];
    if (name?.kind !== "name" || colon?.text !== ":" || bytes === undefined || more.length > 0)
      throw new AssemblerError(
        position,
        `%${directive}: name:type expected, type one of ${Object.keys(STACK_TYPES).join(", ")}`,
      );
    const size = Math.ceil(bytes / stack.slot) * stack.slot;
    let place: string;
    if (directive === "arg") {
      place = `(${stack.pointer}+${stack.arguments})`;
      stack.arguments += size;
    } else {
      stack.locals += size;
      place = `(${stack.pointer}-${stack.locals})`;
      assign(preprocessor, scan(`%$localsize %$localsize+${size}`, position), position, "assign");
    }
    setText(preprocessor, name, position, place);
  }
};

// Conditions

type Test = (preprocessor: Preprocessor, tokens: Token[], position: Position) => boolean;

function identical(anyCase: boolean): Test {
  return (preprocessor, tokens, position) => {
    const expanded = preprocessor.defines.expand(tokens, position);
    const comma = expanded.findIndex((token) => token.text === "," && token.kind === "punctuation");
    if (comma < 0) throw new AssemblerError(position, "two texts with a comma between them expected");
    const flat = (part: readonly Token[]) => {
      const all = withoutSpace(part).map((token) => (token.kind === "string" ? `"${stringBytes(token)}` : token.text));
      return anyCase ? all.join("\0").toLowerCase() : all.join("\0");
    };
    return flat(expanded.slice(0, comma)) === flat(expanded.slice(comma + 1));
  };
}

/** Of the expanded tokens the first is of that kind. */
function firstIs(kind: (token: Token | undefined, next: Token | undefined) => boolean): Test {
  return (preprocessor, tokens, position) => {
    const [first, second] = withoutSpace(preprocessor.defines.expand(tokens, position));
    return kind(first, second);
  };
}

const TESTS: Readonly<Record<string, Test>> = {
  "": (preprocessor, tokens, position) => evaluated(preprocessor, tokens, position, "%if") !== 0n,
  def: (preprocessor, tokens, position) =>
    withoutSpace(tokens).some((token) => {
      const { table, name } = preprocessor.defines.locate(token, position);
      return table.find(name) !== undefined || preprocessor.defines.dynamic.has(name);
    }),
  macro: (preprocessor, tokens, position) => {
    const counted = trim(tokens.slice(1));
    const { minimum, maximum, greedy } = parseCounts(counted, position);
    const any = counted.length === 0;
    return preprocessor.macros.overlaps(
      tokens[0]?.text ?? "",
      any ? 0 : minimum,
      any || greedy ? Number.POSITIVE_INFINITY : maximum,
    );
  },
  ctx: (preprocessor, tokens) => {
    const context = preprocessor.defines.contexts.at(-1);
    return withoutSpace(tokens).some((token) => token.text.toLowerCase() === context?.name.toLowerCase());
  },
  idn: identical(false),
  idni: identical(true),
  id: firstIs((token) => token?.kind === "name"),
  num: firstIs((token, next) => (token?.text === "-" || token?.text === "+" ? next : token)?.kind === "number"),
  str: firstIs((token) => token?.kind === "string"),
  empty: firstIs((token) => token === undefined),
  token: (preprocessor, tokens, position) => withoutSpace(preprocessor.defines.expand(tokens, position)).length === 1,
  env: () => false,
};

const CONDITION = /^(?:el)?if(n?)(.*)$/;

function testOf(directive: string): Test | undefined {
  const [, not = "", what = ""] = CONDITION.exec(directive) ?? [];
  // `num` begins with an n of its own.
  if (TESTS[not + what]) return TESTS[not + what];
  const test = TESTS[what];
  return test ? (preprocessor, tokens, position) => !test(preprocessor, tokens, position) : undefined;
}

const ifs: Directive = (preprocessor, tokens, position, directive) => {
  const test = testOf(directive);
  preprocessor.conditions.open(position, () => {
    if (!test) throw new AssemblerError(position, `unknown preprocessor directive '%${directive}'`);
    return test(preprocessor, tokens, position);
  });
};

const elifs: Directive = (preprocessor, tokens, position, directive) => {
  const test = testOf(directive);
  preprocessor.conditions.otherwiseIf(position, () => {
    if (!test) throw new AssemblerError(position, `unknown preprocessor directive '%${directive}'`);
    return test(preprocessor, tokens, position);
  });
};

// The rest

const include: Directive = (preprocessor, tokens, position) => {
  const expanded = trim(preprocessor.defines.expand(tokens, position));
  const [token] = expanded;
  if (!token) throw new AssemblerError(position, "%include needs a file name");
  const path = token.kind === "string" ? stringBytes(token) : textOf(expanded);
  const found = preprocessor.options.include?.(path);
  if (!found) throw new AssemblerError(position, `cannot find the file '${path}'`);
  if (preprocessor.frames.filter((frame) => frame.kind === "file").length > 100)
    throw new AssemblerError(position, "%include is nested too deeply");
  preprocessor.pushFile(found.name, found.text, position);
};

function message(preprocessor: Preprocessor, tokens: Token[], position: Position): string {
  const expanded = trim(preprocessor.defines.expand(tokens, position));
  return expanded.length === 1 && expanded[0].kind === "string" ? stringBytes(expanded[0]) : textOf(expanded);
}

const line: Directive = (preprocessor, tokens, position) => {
  const match = /^(\d+)(?:\+(\d+))?(?:\s+(.*))?$/.exec(textOf(tokens).trim());
  if (!match) throw new AssemblerError(position, "%line takes a number, an increment and a file name");
  const frame = preprocessor.currentFrame;
  if (!frame) return;
  const step = Number(match[2] ?? 1);
  const start = Number(match[1]);
  const { at } = frame;
  frame.lines = frame.lines.map((raw, i) => (i < at ? raw : { ...raw, number: start + (i - at + 1) * step }));
  if (match[3]) frame.file = match[3].replace(/^"(.*)"$/, "$1");
};

const push: Directive = (preprocessor, tokens) =>
  preprocessor.defines.push(textOf(trim(tokens)), preprocessor.unique());

const pop: Directive = (preprocessor, tokens, position) => {
  const name = textOf(trim(tokens));
  const top = preprocessor.defines.contexts.at(-1);
  if (!top) throw new AssemblerError(position, "%pop without %push");
  if (name !== "" && top.name !== "" && name !== top.name)
    throw new AssemblerError(position, `%pop ${name}, but the context on top is ${top.name}`);
  preprocessor.defines.contexts.pop();
};

const replace: Directive = (preprocessor, tokens, position) => {
  const top = preprocessor.defines.contexts.at(-1);
  if (!top) throw new AssemblerError(position, "%repl without %push");
  top.name = textOf(trim(tokens));
};

const ignored: Directive = () => {};

function refused(reason: string): Directive {
  return (_, _tokens, position, directive) => {
    throw new AssemblerError(position, `%${directive} ${reason}`);
  };
}

const IFS = Object.keys(TESTS).flatMap((test) => [`if${test}`, `ifn${test}`]);

export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map<string, Directive>([
  ...["define", "idefine", "xdefine", "ixdefine"].map((name): [string, Directive] => [name, define]),
  ...["macro", "imacro", "rmacro", "irmacro"].map((name): [string, Directive] => [name, macro]),
  ...IFS.map((name): [string, Directive] => [name, ifs]),
  ...IFS.map((name): [string, Directive] => [`el${name}`, elifs]),
  ["else", (preprocessor, _, position) => preprocessor.conditions.otherwise(position)],
  ["endif", (preprocessor, _, position) => preprocessor.conditions.close(position)],
  ["assign", assign],
  ["iassign", assign],
  ["undef", undefine],
  ["strlen", stringLength],
  ["substr", substring],
  ["strcat", concatenate],
  ["defstr", defineString],
  ["deftok", defineTokens],
  ["unmacro", unmacro],
  ["unimacro", unmacro],
  ["rotate", rotate],
  ["rep", repeat],
  ["exitrep", (preprocessor, _, position) => preprocessor.leave("rep", position)],
  ["exitmacro", (preprocessor, _, position) => preprocessor.leave("macro", position)],
  ["include", include],
  ["push", push],
  ["pop", pop],
  ["repl", replace],
  ["line", line],
  [
    "error",
    (preprocessor, tokens, position) => {
      throw new AssemblerError(position, message(preprocessor, tokens, position));
    },
  ],
  [
    "fatal",
    (preprocessor, tokens, position) => {
      preprocessor.frames.length = 0;
      throw new AssemblerError(position, message(preprocessor, tokens, position));
    },
  ],
  ["warning", (preprocessor, tokens, position) => preprocessor.warn(position, message(preprocessor, tokens, position))],
  ["pragma", ignored],
  ["depend", ignored],
  ["pathsearch", refused("is not supported")],
  ["use", use],
  ["stacksize", stackSize],
  ["arg", stackNames],
  ["local", stackNames],
  ["clear", refused("is not supported")],
  ...["endmacro", "endm", "endrep"].map((name): [string, Directive] => [
    name,
    refused("without the directive that it closes"),
  ]),
]);
