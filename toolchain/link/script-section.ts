// The statements of SECTIONS: assignments, assertions, and output sections with what goes into them.

import type {
  Assignment,
  Fill,
  InputPattern,
  OutputSectionStatement,
  ScriptExpression,
  SectionContent,
  SectionPattern,
  SortKey,
  Statement,
} from "./script.ts";
import type { ExpressionParser } from "./script-expression.ts";
import type { ScriptScanner } from "./script-scanner.ts";

const ASSIGNMENTS = new Set(["=", "+=", "-=", "*=", "/=", "&=", "|=", "<<=", ">>="]);
const DATA: readonly (readonly [string, 1 | 2 | 4 | 8])[] = [
  ["BYTE", 1],
  ["SHORT", 2],
  ["LONG", 4],
  ["QUAD", 8],
  ["SQUAD", 8],
];
const SORTS: readonly (readonly [string, SortKey | undefined])[] = [
  ["SORT", "name"],
  ["SORT_BY_NAME", "name"],
  ["SORT_BY_ALIGNMENT", "alignment"],
  ["SORT_BY_INIT_PRIORITY", "priority"],
  ["SORT_NONE", undefined],
];
const TYPES: ReadonlyMap<string, OutputSectionStatement["type"]> = new Map([
  ["NOLOAD", "noload"],
  ["DSECT", "info"],
  ["COPY", "info"],
  ["INFO", "info"],
  ["OVERLAY", "info"],
  ["READONLY", ""],
]);

export class SectionParser {
  constructor(
    private readonly scanner: ScriptScanner,
    private readonly expressions: ExpressionParser,
  ) {}

  /** Assignments and ASSERT, which may stand inside and outside of output sections. */
  commonStatement(into: (Statement | SectionContent)[]): boolean {
    const { scanner } = this;
    const where = scanner.where();
    if (scanner.keyword("ASSERT")) {
      into.push(this.expressions.assertion(where));
      return true;
    }
    for (const [word, provide, hidden] of [
      ["PROVIDE", true, false],
      ["PROVIDE_HIDDEN", true, true],
      ["HIDDEN", false, true],
    ] as const) {
      if (!scanner.keyword(word)) continue;
      scanner.expect("(");
      const assignment = this.assignment();
      if (!assignment || assignment.name === ".") return scanner.fail("symbol = value");
      scanner.expect(")");
      scanner.take(";");
      into.push({ ...assignment, provide, hidden });
      return true;
    }
    const assignment = this.assignment();
    if (!assignment) return false;
    if (!scanner.take(";") && !scanner.take(",") && scanner.operator() !== "}") scanner.fail("';'");
    into.push(assignment);
    return true;
  }

  assignment(): Assignment | undefined {
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
    const value = this.expressions.expression();
    return { kind: "assignment", name, operator, value, provide: false, hidden: false, where };
  }

  /** `name [address] [(type)] : [AT(lma)] [ALIGN(n)] [SUBALIGN(n)] [ONLY_IF_RO] { contents } [>region] [AT>region] [:phdr] [=fill]`. */
  outputSection(): OutputSectionStatement {
    const { scanner } = this;
    const where = scanner.where();
    const mark = scanner.mark();
    const quoted = scanner.isQuote();
    let name = scanner.pattern() ?? scanner.fail("an output section");
    if (!quoted && name.endsWith(":") && name.length > 1) {
      // The colon may stand right behind the name.
      scanner.rewind(mark + (name.length - 1));
      name = name.slice(0, -1);
    }
    const statement = emptyStatement(name, where);
    this.type(statement);
    if (scanner.operator() !== ":") statement.address = this.expressions.expression();
    this.type(statement);
    scanner.expect(":");
    for (;;) {
      if (scanner.keyword("AT")) statement.loadAddress = this.expressions.parenthesised();
      else if (scanner.keyword("ALIGN")) statement.align = this.expressions.parenthesised();
      else if (scanner.keyword("SUBALIGN")) statement.subAlign = this.expressions.parenthesised();
      else if (scanner.keyword("ONLY_IF_RO")) statement.only = "ro";
      else if (scanner.keyword("ONLY_IF_RW")) statement.only = "rw";
      else if (!scanner.keyword("ALIGN_WITH_INPUT")) break;
    }
    this.body(statement);
    return statement;
  }

  private body(statement: OutputSectionStatement): void {
    const { scanner } = this;
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (!scanner.take(";")) this.content(statement.contents);
    }
    this.behind(statement);
  }

  /**
   * `OVERLAY [address] : [NOCROSSREFS] [AT(lma)] { name { contents } [:phdr] [=fill] … } [>region] [:phdr] [=fill]`: sections that
   * run at one address and are loaded one after the other; symbols tell where.
   */
  overlay(into: Statement[]): boolean {
    const { scanner } = this;
    const where = scanner.where();
    if (!scanner.keyword("OVERLAY")) return false;
    const whole = emptyStatement("OVERLAY", where);
    if (scanner.operator() !== ":") whole.address = this.expressions.expression();
    scanner.expect(":");
    for (;;) {
      if (scanner.keyword("AT")) whole.loadAddress = this.expressions.parenthesised();
      else if (scanner.keyword("SUBALIGN")) whole.subAlign = this.expressions.parenthesised();
      // What this forbids, references between the sections, is not looked for.
      else if (!scanner.keyword("NOCROSSREFS")) break;
    }
    scanner.expect("{");
    const sections: OutputSectionStatement[] = [];
    while (!scanner.take("}")) {
      const at = scanner.where();
      const section = emptyStatement(scanner.pattern() ?? scanner.fail("an output section"), at);
      this.body(section);
      sections.push(section);
    }
    this.behind(whole);
    into.push(...overlaid(whole, sections));
    return true;
  }

  private type(statement: OutputSectionStatement): void {
    const { scanner } = this;
    const before = scanner.mark();
    if (!scanner.take("(")) return;
    const type = TYPES.get(scanner.name() ?? "");
    if (type !== undefined && scanner.take(")")) statement.type = type;
    else scanner.rewind(before);
  }

  /** Region, load region, program headers and fill. */
  private behind(statement: OutputSectionStatement): void {
    const { scanner } = this;
    const region = () => scanner.name() ?? scanner.fail("a memory region");
    for (;;) {
      if (scanner.take(">")) statement.region = region();
      else if (scanner.keyword("AT")) {
        scanner.expect(">");
        statement.loadRegion = region();
      } else if (scanner.take(":")) statement.programHeaders.push(scanner.name() ?? scanner.fail("a program header"));
      else if (scanner.take("=")) statement.fill = this.fill(() => this.expressions.expression());
      else break;
    }
    scanner.take(",");
  }

  private fill(parse: () => Fill["value"]): Fill {
    // "0x00" and "0" differ: the digits count.
    const digits = this.scanner.hexDigits();
    const value = parse();
    if (digits === undefined || value.kind !== "number") return { value, bytes: undefined };
    const even = digits.length % 2 === 1 ? `0${digits}` : digits;
    return { value, bytes: (even.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16)) };
  }

  private content(contents: SectionContent[]): void {
    const { scanner } = this;
    if (this.commonStatement(contents)) return;
    const where = scanner.where();
    for (const [word, size] of DATA) {
      if (!scanner.keyword(word)) continue;
      contents.push({ kind: "data", size, value: this.expressions.parenthesised(), where });
      return;
    }
    if (scanner.keyword("FILL")) {
      scanner.expect("(");
      contents.push({ kind: "fill", fill: this.fill(() => this.expressions.expression()), where });
      scanner.expect(")");
      return;
    }
    // The tables that this made were a.out's.
    if (scanner.keyword("CONSTRUCTORS")) return;
    const mark = scanner.mark();
    if (scanner.keyword("SORT") && scanner.take("(") && scanner.keyword("CONSTRUCTORS") && scanner.take(")")) return;
    scanner.rewind(mark);
    if (scanner.keyword("KEEP")) {
      scanner.expect("(");
      contents.push(this.input(true));
      scanner.expect(")");
    } else contents.push(this.input(false));
  }

  private input(keep: boolean): InputPattern {
    const { scanner } = this;
    const excludedFiles = this.exclusions();
    const file = scanner.pattern() ?? scanner.fail("input sections, as in *(.text)");
    const input: InputPattern = { kind: "input", file, excludedFiles, sections: [], keep };
    // A file alone stands for all of its sections.
    if (!scanner.take("(")) {
      input.sections.push({ pattern: "*", excludedFiles: [], sort: [] });
      return input;
    }
    do {
      input.sections.push(...this.sectionPatterns());
      scanner.take(",");
    } while (!scanner.take(")"));
    return input;
  }

  /** One pattern, or a SORT of some. */
  private sectionPatterns(depth = 0): SectionPattern[] {
    const { scanner } = this;
    for (const [word, key] of SORTS) {
      const mark = scanner.mark();
      if (!scanner.keyword(word)) continue;
      if (!scanner.take("(")) {
        scanner.rewind(mark);
        break;
      }
      if (depth > 2) scanner.fail("a section name or pattern");
      const inner: SectionPattern[] = [];
      do {
        inner.push(...this.sectionPatterns(depth + 1));
        scanner.take(",");
      } while (!scanner.take(")"));
      return inner.map((pattern) => ({ ...pattern, sort: key === undefined ? [] : [key, ...pattern.sort] }));
    }
    const excludedFiles = this.exclusions();
    return [{ pattern: scanner.pattern() ?? scanner.fail("a section name or pattern"), excludedFiles, sort: [] }];
  }

  private exclusions(): string[] {
    const { scanner } = this;
    const files: string[] = [];
    if (!scanner.keyword("EXCLUDE_FILE")) return files;
    scanner.expect("(");
    while (!scanner.take(")")) files.push(scanner.pattern() ?? scanner.fail("a file name or pattern"));
    return files;
  }
}

/** The sections of an OVERLAY, and the symbols that say where they are loaded. */
function overlaid(whole: OutputSectionStatement, sections: OutputSectionStatement[]): Statement[] {
  const { where } = whole;
  const call = (name: string, section: OutputSectionStatement): ScriptExpression => ({
    kind: "call",
    function: name,
    name: section.name,
    arguments: [],
    where,
  });
  const sum = (left: ScriptExpression, right: ScriptExpression): ScriptExpression => ({
    kind: "binary",
    operator: "+",
    left,
    right,
    where,
  });
  const loadEnd = (section: OutputSectionStatement) => sum(call("LOADADDR", section), call("SIZEOF", section));
  const [first] = sections;
  const statements: Statement[] = [];
  for (const [i, section] of sections.entries()) {
    section.overlay = where;
    section.subAlign = whole.subAlign;
    section.region = whole.region;
    section.loadRegion = whole.loadRegion;
    section.fill ??= whole.fill;
    if (section.programHeaders.length === 0) section.programHeaders = [...whole.programHeaders];
    section.address = i === 0 ? whole.address : call("ADDR", first);
    section.loadAddress = i === 0 ? whole.loadAddress : loadEnd(sections[i - 1]);
    statements.push(section);
    const name = section.name.replace(/\W/g, "");
    const symbol = { kind: "assignment", operator: "=", provide: true, hidden: false, where } as const;
    statements.push({ ...symbol, name: `__load_start_${name}`, value: call("LOADADDR", section) });
    statements.push({ ...symbol, name: `__load_stop_${name}`, value: loadEnd(section) });
  }
  const last = sections.at(-1);
  if (last) {
    const sizes = sections.map((section) => call("SIZEOF", section));
    const largest = sizes.reduce((a, b) => ({ kind: "call", function: "MAX", name: "", arguments: [a, b], where }));
    last.end = sum(call("ADDR", first), largest);
  }
  return statements;
}

/** An output section of which nothing is said but its name. */
export function emptyStatement(name: string, where: string): OutputSectionStatement {
  return {
    kind: "section",
    name,
    address: undefined,
    loadAddress: undefined,
    align: undefined,
    subAlign: undefined,
    type: "",
    only: "",
    contents: [],
    region: undefined,
    loadRegion: undefined,
    programHeaders: [],
    fill: undefined,
    overlay: "",
    end: undefined,
    where,
  };
}
