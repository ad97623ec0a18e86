// Directives that steer the assembly: conditions, macros, loops, includes, modes, messages.

import { SHF_MERGE, SHF_STRINGS } from "../../formats/elf32.ts";
import type { Assembler } from "./assembler.ts";
import type { Directive } from "./directives.ts";
import { parseConstant, parseString } from "./directives-data.ts";
import { AssemblerError, type Position } from "./error.ts";
import { file } from "./loc.ts";
import { parseMacroHead, splitArguments, substitute } from "./macros.ts";
import { splitStatements } from "./source.ts";
import { stringBytes, type Tokens } from "./tokens.ts";

type Test = (assembler: Assembler, tokens: Tokens) => boolean;

export const CONTROL_DIRECTIVES: Readonly<Record<string, Directive>> = {
  ".if": when(compared((value) => value !== 0n)),
  ".ifne": when(compared((value) => value !== 0n)),
  ".ifeq": when(compared((value) => value === 0n)),
  ".ifgt": when(compared((value) => value > 0n)),
  ".ifge": when(compared((value) => value >= 0n)),
  ".iflt": when(compared((value) => value < 0n)),
  ".ifle": when(compared((value) => value <= 0n)),
  ".ifdef": when(isDefined),
  ".ifndef": when((assembler, tokens) => !isDefined(assembler, tokens)),
  ".ifnotdef": when((assembler, tokens) => !isDefined(assembler, tokens)),
  ".ifb": when((_, tokens) => tokens.rest() === ""),
  ".ifnb": when((_, tokens) => tokens.rest() !== ""),
  ".ifc": when(sameText),
  ".ifnc": when((assembler, tokens) => !sameText(assembler, tokens)),
  ".elseif": (assembler, tokens, position) =>
    assembler.conditions.elseIf(position, () => compared((value) => value !== 0n)(assembler, tokens)),
  ".else": (assembler, tokens, position) => {
    tokens.expectEnd();
    assembler.conditions.else(position);
  },
  ".endif": (assembler, tokens, position) => {
    tokens.expectEnd();
    assembler.conditions.close(position);
  },
  ".macro": (assembler, tokens, position) => {
    const head = parseMacroHead(tokens.rest(), position);
    const body = assembler.stream.collect(/^\.macro$/, /^\.endm$/, position, `.macro ${head.name}`);
    const key = head.name.toLowerCase();
    if (assembler.macros.has(key)) throw new AssemblerError(position, `macro '${head.name}' is already defined`);
    assembler.macros.set(key, { ...head, body });
  },
  ".endm": (_, __, position) => {
    throw new AssemblerError(position, ".endm without .macro");
  },
  ".purgem": (assembler, tokens, position) => {
    const name = tokens.name("macro");
    if (!assembler.macros.delete(name.toLowerCase())) throw new AssemblerError(position, `no macro '${name}'`);
  },
  ".exitm": (assembler) => {
    const depth = assembler.stream.leave();
    if (depth !== undefined) assembler.conditions.cut(depth);
  },
  ".altmacro": alternate(true),
  ".noaltmacro": alternate(false),
  ".rept": rept,
  ".rep": rept,
  ".irp": (assembler, tokens, position) => irp(assembler, tokens, position, (list) => splitArguments(list)),
  ".irpc": (assembler, tokens, position) =>
    irp(assembler, tokens, position, (list) => [...list.replace(/^"(.*)"$/, "$1")]),
  ".endr": (_, __, position) => {
    throw new AssemblerError(position, ".endr without .rept, .irp or .irpc");
  },
  ".include": (assembler, tokens, position) => {
    const path = parseString(tokens, "file name");
    tokens.expectEnd();
    const text = assembler.options.include?.(path);
    if (text === undefined) throw new AssemblerError(position, `no file '${path}' to include`);
    const { source, statements } = splitStatements(text, path, (error) => assembler.errors.push(error));
    assembler.listing?.include(position, source);
    assembler.stream.push(statements, position);
  },
  ".code16": mode(16),
  ".code32": mode(32),
  ".code16gcc": (assembler, tokens) => {
    tokens.expectEnd();
    assembler.bits = 16;
    assembler.compiled16 = true;
  },
  // In Intel syntax registers are known with and without their %.
  ".intel_syntax": (assembler, tokens) => {
    if (!tokens.atEnd() && !/^(no)?prefix$/.test(tokens.name("'prefix' or 'noprefix'")))
      tokens.fail("'prefix' or 'noprefix' expected");
    tokens.expectEnd();
    assembler.intel = true;
  },
  ".att_syntax": (assembler, tokens) => {
    if (!tokens.atEnd() && tokens.name("'prefix'") !== "prefix") tokens.fail("register names need their '%' here");
    assembler.intel = false;
  },
  ".file": file,
  ".loc": (assembler, tokens, position) => assembler.lineMarks.mark(assembler, tokens, position),
  ".ident": (assembler, tokens, position) => {
    const text = parseString(tokens, "text");
    tokens.expectEnd();
    const comments = assembler.sectionNamed(".comment", { flags: SHF_MERGE | SHF_STRINGS, entrySize: 1 });
    // The first string of the section is empty.
    const start = comments.fragments.length === 0 ? "\0" : "";
    const bytes = stringBytes(`${start}${text}\0`);
    comments.put(bytes.length, position).bytes.set(bytes);
  },
  ".end": (assembler) => assembler.stream.clear(),
  ".err": (_, __, position) => {
    throw new AssemblerError(position, ".err encountered");
  },
  ".error": (_, tokens, position) => {
    throw new AssemblerError(position, tokens.atEnd() ? ".error encountered" : parseString(tokens, "message"));
  },
  ".warning": (assembler, tokens, position) =>
    assembler.warn(
      position,
      tokens.atEnd() ? ".warning directive invoked in source file" : parseString(tokens, "message"),
    ),
  ".abort": (assembler, _, position) => {
    assembler.stream.clear();
    throw new AssemblerError(position, ".abort detected");
  },
  ".fail": (assembler, tokens, position) => {
    const value = parseConstant(assembler, tokens, "number");
    if (value < 500n) throw new AssemblerError(position, `.fail ${value} encountered`);
    assembler.warn(position, `.fail ${value} encountered`);
  },
  ".print": (assembler, tokens) => {
    assembler.prints.push(parseString(tokens, "text"));
    tokens.expectEnd();
  },
  ".title": (assembler, tokens) => assembler.listing?.setTitle(parseString(tokens, "title"), false),
  ".sbttl": (assembler, tokens) => assembler.listing?.setTitle(parseString(tokens, "title"), true),
  // What people write for other processors' assemblers or for listings; it changes no byte here.
  ...Object.fromEntries(
    [".arch", ".version", ".list", ".nolist", ".psize", ".eject", ".symver", ".lflags", ".dsym", ".ln"].map((name) => [
      name,
      (_assembler: Assembler, tokens: Tokens): void => {
        tokens.rest();
      },
    ]),
  ),
};

function alternate(on: boolean): Directive {
  return (assembler, tokens) => {
    tokens.expectEnd();
    assembler.altmacro = on;
  };
}

function when(test: Test): Directive {
  return (assembler, tokens, position) => assembler.conditions.open(position, () => test(assembler, tokens));
}

function compared(test: (value: bigint) => boolean): Test {
  return (assembler, tokens) => {
    const value = parseConstant(assembler, tokens, "condition");
    tokens.expectEnd();
    return test(value);
  };
}

function isDefined(assembler: Assembler, tokens: Tokens): boolean {
  const symbol = assembler.symbols.find(tokens.name("symbol"));
  tokens.expectEnd();
  return symbol !== undefined && symbol.definition.kind !== "none";
}

function sameText(_: Assembler, tokens: Tokens): boolean {
  const text = tokens.rest();
  const comma = text.indexOf(",");
  if (comma < 0) tokens.fail("',' expected between the texts");
  const plain = (part: string) => part.trim().replace(/^(['"])(.*)\1$/, "$2");
  return plain(text.slice(0, comma)) === plain(text.slice(comma + 1));
}

function mode(bits: 16 | 32): Directive {
  return (assembler, tokens) => {
    tokens.expectEnd();
    assembler.bits = bits;
    assembler.compiled16 = false;
  };
}

const LOOP = /^\.(rept|rep|irp|irpc)$/;
const MAX_REPEAT = 1_000_000n;

function rept(assembler: Assembler, tokens: Tokens, position: Position): void {
  const body = () => assembler.stream.collect(LOOP, /^\.endr$/, position, ".rept");
  let count: bigint;
  try {
    count = parseConstant(assembler, tokens, "count", 0n, MAX_REPEAT);
    tokens.expectEnd();
  } catch (error) {
    body();
    throw error;
  }
  const statement = body();
  if (BigInt(statement.length) * count > 4_000_000n)
    throw new AssemblerError(position, ".rept makes too many statements");
  const statements = [];
  const { closedAt } = assembler.stream;
  const none = new Map<string, string>();
  for (let i = 0; i < Number(count); i++)
    for (const made of substitute(statement, none, i, ".rept", position, closedAt)) statements.push(made);
  assembler.stream.push(statements, position);
}

function irp(assembler: Assembler, tokens: Tokens, position: Position, split: (list: string) => string[]): void {
  const name = tokens.name("parameter");
  tokens.take(",");
  const list = split(tokens.rest());
  const body = assembler.stream.collect(LOOP, /^\.endr$/, position, ".irp");
  const values = list.length === 0 ? [""] : list;
  const { closedAt } = assembler.stream;
  const statements = values.flatMap((value, i) =>
    substitute(body, new Map([[name, value]]), i, ".irp", position, closedAt, assembler.altmacro ? "loop" : undefined),
  );
  assembler.stream.push(statements, position);
}
