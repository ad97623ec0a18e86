// Linker scripts: the part of GNU ld's language that kernels and boot code use, parsed to a tree.
// Reference: the GNU linker manual, chapter "Linker Scripts". Left out: MEMORY, PHDRS, VERSION, overlays, INPUT and the like.

import { ScriptScanner } from "./script-scanner.ts";

export interface Script {
  entry: string | undefined;
  statements: Statement[];
}

/** Outside output sections, in order. */
export type Statement = Assignment | Assertion | OutputSectionStatement;

export interface Assignment {
  kind: "assignment";
  /** A symbol, or "." for the location counter. */
  name: string;
  /** "=" or the operator of `+=` and the like. */
  operator: string;
  value: ScriptExpression;
  /** Defined only if someone refers to it and nobody else defines it. */
  provide: boolean;
  hidden: boolean;
  where: string;
}

export interface Assertion {
  kind: "assert";
  condition: ScriptExpression;
  message: string;
  where: string;
}

export interface OutputSectionStatement {
  kind: "section";
  name: string;
  address: ScriptExpression | undefined;
  loadAddress: ScriptExpression | undefined;
  align: ScriptExpression | undefined;
  subAlign: ScriptExpression | undefined;
  /** (NOLOAD): has addresses but no contents in the file. */
  noLoad: boolean;
  contents: SectionContent[];
  fill: ScriptExpression | undefined;
  where: string;
}

export type SectionContent =
  | Assignment
  | Assertion
  | InputPattern
  | { kind: "data"; size: 1 | 2 | 4 | 8; value: ScriptExpression; where: string }
  | { kind: "fill"; value: ScriptExpression; where: string };

/** `file(section section)`: which input sections go here. */
export interface InputPattern {
  kind: "input";
  file: string;
  excludedFiles: string[];
  sections: { pattern: string; excludedFiles: string[]; sort: "" | "name" | "alignment" }[];
}

export type ScriptExpression =
  | { kind: "number"; value: number }
  | { kind: "symbol"; name: string; where: string }
  | { kind: "unary"; operator: string; operand: ScriptExpression }
  | { kind: "binary"; operator: string; left: ScriptExpression; right: ScriptExpression; where: string }
  | { kind: "choice"; condition: ScriptExpression; yes: ScriptExpression; no: ScriptExpression }
  /** ALIGN, ADDR, SIZEOF …; `name` is the section or symbol that some of them take. */
  | { kind: "call"; function: string; name: string; arguments: ScriptExpression[]; where: string };

/** @throws ScriptError */
export function parseScript(text: string, file: string): Script {
  return new Parser(new ScriptScanner(text, file)).script();
}

const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "&=", "|=", "<<=", ">>="]);
const DATA: Readonly<Record<string, 1 | 2 | 4 | 8>> = { BYTE: 1, SHORT: 2, LONG: 4, QUAD: 8 };
const TAKES_NAME = new Set(["ADDR", "LOADADDR", "SIZEOF", "ALIGNOF", "DEFINED", "CONSTANT"]);
/** How many values a function takes. */
const FUNCTIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ["ALIGN", [1, 2]],
  ["ABSOLUTE", [1]],
  ["MAX", [2]],
  ["MIN", [2]],
]);
const RANKS: Readonly<Record<string, number>> = {
  "||": 1,
  "&&": 2,
  "|": 3,
  "^": 4,
  "&": 5,
  "==": 6,
  "!=": 6,
  "<": 7,
  ">": 7,
  "<=": 7,
  ">=": 7,
  "<<": 8,
  ">>": 8,
  "+": 9,
  "-": 9,
  "*": 10,
  "/": 10,
  "%": 10,
};
const MAX_DEPTH = 100;

class Parser {
  private entry: string | undefined;
  private depth = 0;

  constructor(private readonly scanner: ScriptScanner) {}

  script(): Script {
    const statements: Statement[] = [];
    const { scanner } = this;
    while (!scanner.atEnd) {
      if (scanner.take(";")) continue;
      if (scanner.keyword("SECTIONS")) this.sections(statements);
      else if (scanner.keyword("OUTPUT_FORMAT")) this.format(["elf32-i386", "binary"], "elf32-i386 or binary");
      else if (scanner.keyword("OUTPUT_ARCH")) this.format(["i386", "i8086"], "i386");
      else if (!this.commonStatement(statements)) scanner.fail("ENTRY, OUTPUT_FORMAT, SECTIONS or an assignment");
    }
    return { entry: this.entry, statements };
  }

  private sections(statements: Statement[]): void {
    const { scanner } = this;
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (scanner.take(";")) continue;
      if (!this.commonStatement(statements)) statements.push(this.outputSection());
    }
  }

  private format(known: string[], expected: string): void {
    const { scanner } = this;
    scanner.expect("(");
    do {
      const mark = scanner.mark();
      const name = scanner.pattern() ?? "";
      if (!known.includes(name)) {
        scanner.rewind(mark);
        scanner.fail(expected);
      }
    } while (scanner.take(","));
    scanner.expect(")");
  }

  /** ENTRY, assignments and ASSERT, which may stand inside and outside of SECTIONS. */
  private commonStatement(into: (Statement | SectionContent)[]): boolean {
    const { scanner } = this;
    if (scanner.keyword("ENTRY")) {
      scanner.expect("(");
      this.entry = scanner.name() ?? scanner.fail("a symbol");
      scanner.expect(")");
      return true;
    }
    if (scanner.keyword("ASSERT")) {
      const where = scanner.where();
      scanner.expect("(");
      const condition = this.expression();
      scanner.expect(",");
      const message = scanner.pattern() ?? scanner.fail("a message in quotes");
      scanner.expect(")");
      into.push({ kind: "assert", condition, message, where });
      return true;
    }
    for (const [word, provide, hidden] of [
      ["PROVIDE", true, false],
      ["PROVIDE_HIDDEN", true, true],
      ["HIDDEN", false, true],
    ] as const) {
      if (!scanner.keyword(word)) continue;
      scanner.expect("(");
      const assignment = this.assignment() ?? scanner.fail("symbol = value");
      scanner.expect(")");
      scanner.take(";");
      into.push({ ...assignment, provide, hidden });
      return true;
    }
    const assignment = this.assignment();
    if (!assignment) return false;
    if (!scanner.take(";") && scanner.operator() !== "}") scanner.fail("';'");
    into.push(assignment);
    return true;
  }

  private assignment(): Assignment | undefined {
    const { scanner } = this;
    const mark = scanner.mark();
    const where = scanner.where();
    const name = scanner.name();
    const operator = scanner.operator();
    if (name === undefined || operator === undefined || !ASSIGNMENTS.has(operator)) {
      scanner.rewind(mark);
      return undefined;
    }
    scanner.take(operator);
    return { kind: "assignment", name, operator, value: this.expression(), provide: false, hidden: false, where };
  }

  /** `name [address] [(type)] : [AT(lma)] [ALIGN(n)] [SUBALIGN(n)] { contents } [=fill]`. */
  private outputSection(): OutputSectionStatement {
    const { scanner } = this;
    const where = scanner.where();
    const mark = scanner.mark();
    let name = scanner.pattern() ?? scanner.fail("an output section");
    if (name.endsWith(":") && name.length > 1) {
      // The colon may stand right behind the name.
      scanner.rewind(mark + (name.length - 1));
      name = name.slice(0, -1);
    }
    const statement: OutputSectionStatement = {
      kind: "section",
      name,
      address: undefined,
      loadAddress: undefined,
      align: undefined,
      subAlign: undefined,
      noLoad: false,
      contents: [],
      fill: undefined,
      where,
    };
    const type = () => {
      const before = scanner.mark();
      if (!scanner.take("(")) return;
      const word = scanner.name();
      if (word === "NOLOAD" && scanner.take(")")) statement.noLoad = true;
      else scanner.rewind(before);
    };
    type();
    if (scanner.operator() !== ":") statement.address = this.expression();
    type();
    scanner.expect(":");
    for (;;) {
      if (scanner.keyword("AT")) statement.loadAddress = this.parenthesised();
      else if (scanner.keyword("ALIGN")) statement.align = this.parenthesised();
      else if (scanner.keyword("SUBALIGN")) statement.subAlign = this.parenthesised();
      else break;
    }
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (!scanner.take(";")) this.content(statement.contents);
    }
    if (scanner.take("=")) statement.fill = this.expression();
    scanner.take(",");
    return statement;
  }

  private content(contents: SectionContent[]): void {
    const { scanner } = this;
    if (this.commonStatement(contents)) return;
    const where = scanner.where();
    for (const [word, size] of Object.entries(DATA)) {
      if (!scanner.keyword(word)) continue;
      contents.push({ kind: "data", size, value: this.parenthesised(), where });
      return;
    }
    if (scanner.keyword("FILL")) {
      contents.push({ kind: "fill", value: this.parenthesised(), where });
      return;
    }
    // Nothing is thrown away here, so KEEP has nothing to add.
    if (scanner.keyword("KEEP")) {
      scanner.expect("(");
      contents.push(this.input());
      scanner.expect(")");
    } else contents.push(this.input());
  }

  private input(): InputPattern {
    const { scanner } = this;
    const excludedFiles = this.exclusions();
    const file = scanner.pattern() ?? scanner.fail("input sections, as in *(.text)");
    const input: InputPattern = { kind: "input", file, excludedFiles, sections: [] };
    // A file alone stands for all of its sections.
    if (!scanner.take("(")) {
      input.sections.push({ pattern: "*", excludedFiles: [], sort: "" });
      return input;
    }
    do {
      input.sections.push(this.sectionPattern());
      scanner.take(",");
    } while (!scanner.take(")"));
    return input;
  }

  private sectionPattern(): InputPattern["sections"][number] {
    const { scanner } = this;
    for (const [word, sort] of [
      ["SORT", "name"],
      ["SORT_BY_NAME", "name"],
      ["SORT_BY_ALIGNMENT", "alignment"],
    ] as const) {
      if (!scanner.keyword(word)) continue;
      scanner.expect("(");
      const inner = this.sectionPattern();
      scanner.expect(")");
      return { ...inner, sort };
    }
    const excludedFiles = this.exclusions();
    return { pattern: scanner.pattern() ?? scanner.fail("a section name or pattern"), excludedFiles, sort: "" };
  }

  private exclusions(): string[] {
    const { scanner } = this;
    const files: string[] = [];
    if (!scanner.keyword("EXCLUDE_FILE")) return files;
    scanner.expect("(");
    while (!scanner.take(")")) files.push(scanner.pattern() ?? scanner.fail("a file name or pattern"));
    return files;
  }

  // Expressions

  private parenthesised(): ScriptExpression {
    this.scanner.expect("(");
    const value = this.expression();
    this.scanner.expect(")");
    return value;
  }

  private expression(): ScriptExpression {
    if (++this.depth > MAX_DEPTH) this.scanner.fail("an expression that is nested less deeply");
    const condition = this.binary(1);
    let value = condition;
    if (this.scanner.take("?")) {
      const yes = this.expression();
      this.scanner.expect(":");
      value = { kind: "choice", condition, yes, no: this.expression() };
    }
    this.depth--;
    return value;
  }

  private binary(lowest: number): ScriptExpression {
    const { scanner } = this;
    let left = this.unary();
    for (;;) {
      const operator = scanner.operator() ?? "";
      const rank = RANKS[operator];
      if (rank === undefined || rank < lowest) return left;
      const where = scanner.where();
      scanner.take(operator);
      left = { kind: "binary", operator, left, right: this.binary(rank + 1), where };
    }
  }

  private unary(): ScriptExpression {
    const { scanner } = this;
    if (++this.depth > MAX_DEPTH) scanner.fail("an expression that is nested less deeply");
    try {
      for (const operator of ["-", "~", "!", "+"]) {
        if (scanner.take(operator)) return { kind: "unary", operator, operand: this.unary() };
      }
      if (scanner.operator() === "(") return this.parenthesised();
      const number = scanner.number();
      if (number !== undefined) return { kind: "number", value: number };
      const where = scanner.where();
      const name = scanner.name() ?? scanner.fail("an expression");
      if (name === "SIZEOF_HEADERS") return { kind: "call", function: name, name: "", arguments: [], where };
      if ((TAKES_NAME.has(name) || FUNCTIONS.has(name)) && scanner.take("(")) return this.call(name, where);
      return { kind: "symbol", name, where };
    } finally {
      this.depth--;
    }
  }

  private call(name: string, where: string): ScriptExpression {
    const { scanner } = this;
    if (TAKES_NAME.has(name)) {
      const about = scanner.pattern() ?? scanner.fail("a name");
      scanner.expect(")");
      return { kind: "call", function: name, name: about, arguments: [], where };
    }
    const values = [this.expression()];
    while (scanner.take(",")) values.push(this.expression());
    const counts = FUNCTIONS.get(name) ?? [];
    if (!counts.includes(values.length)) scanner.fail(`${counts.join(" or ")} values for ${name}`);
    scanner.expect(")");
    return { kind: "call", function: name, name: "", arguments: values, where };
  }
}
