// The parser of linker scripts: what stands at the top, MEMORY, PHDRS and SECTIONS. Output sections are script-section.ts.

import type { Assignment, Script, ScriptInput } from "./script.ts";
import { ExpressionParser } from "./script-expression.ts";
import { ScriptScanner } from "./script-scanner.ts";
import { SectionParser } from "./script-section.ts";

/**
 * Parses a linker script.
 * @param file its name, for the messages
 * @throws ScriptError
 */
export function parseScript(text: string, file: string): Script {
  return new Parser(new ScriptScanner(text, file)).script();
}

/**
 * Parses `SYMBOL=EXPRESSION`, as `--defsym` has it.
 * @throws ScriptError
 */
export function parseAssignment(text: string, file: string): Assignment {
  const scanner = new ScriptScanner(text, file);
  const assignment = new SectionParser(scanner, new ExpressionParser(scanner)).assignment();
  if (assignment?.operator !== "=" || assignment.name === ".") return scanner.fail("SYMBOL=EXPRESSION");
  if (!scanner.atEnd) scanner.fail("the end of the expression");
  return assignment;
}

class Parser {
  private readonly expressions: ExpressionParser;
  private readonly sections: SectionParser;
  private readonly result: Script = {
    entry: undefined,
    output: undefined,
    binary: false,
    searchDirectories: [],
    inputs: [],
    externs: [],
    regions: [],
    programHeaders: undefined,
    hasSections: false,
    statements: [],
    insertions: [],
    inserted: new Set(),
  };

  constructor(private readonly scanner: ScriptScanner) {
    this.expressions = new ExpressionParser(scanner);
    this.sections = new SectionParser(scanner, this.expressions);
  }

  script(): Script {
    const { scanner, result } = this;
    while (!scanner.atEnd) {
      if (scanner.take(";")) continue;
      if (scanner.keyword("SECTIONS")) this.sectionList();
      else if (scanner.keyword("MEMORY")) this.memory();
      else if (scanner.keyword("PHDRS")) this.programHeaders();
      else if (scanner.keyword("OUTPUT_FORMAT"))
        result.binary = this.format(["elf32-i386", "binary"], "elf32-i386 or binary")[0] === "binary";
      else if (scanner.keyword("OUTPUT_ARCH")) this.format(["i386", "i386:i386", "i8086", "i386:i8086"], "i386");
      else if (scanner.keyword("TARGET")) this.format(["elf32-i386", "binary"], "elf32-i386 or binary");
      else if (scanner.keyword("OUTPUT")) result.output = this.names("a file name")[0];
      else if (scanner.keyword("SEARCH_DIR")) result.searchDirectories.push(...this.names("a folder"));
      else if (scanner.keyword("EXTERN")) result.externs.push(...this.names("a symbol"));
      else if (scanner.keyword("STARTUP")) result.inputs.unshift(...this.files());
      else if (scanner.keyword("INPUT")) result.inputs.push(...this.files());
      else if (scanner.keyword("GROUP"))
        result.inputs.push({
          kind: "group",
          files: this.files().map((file) => (file.kind === "file" ? file.name : "")),
        });
      else if (scanner.keyword("VERSION")) this.version();
      else if (scanner.keyword("INSERT")) this.insert();
      else if (!this.entry() && !this.sections.commonStatement(result.statements))
        scanner.fail("ENTRY, OUTPUT_FORMAT, MEMORY, PHDRS, SECTIONS or an assignment");
    }
    return result;
  }

  private entry(): boolean {
    const { scanner, result } = this;
    if (!scanner.keyword("ENTRY")) return false;
    scanner.expect("(");
    result.entry = scanner.name() ?? scanner.fail("a symbol");
    scanner.expect(")");
    return true;
  }

  private sectionList(): void {
    const { scanner, result } = this;
    result.hasSections = true;
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (scanner.take(";")) continue;
      if (this.entry()) continue;
      if (this.sections.overlay(result.statements)) continue;
      if (!this.sections.commonStatement(result.statements)) result.statements.push(this.sections.outputSection());
    }
  }

  /** Versions of symbols are a matter of shared objects: what is said of them is read over. */
  private version(): void {
    const { scanner } = this;
    scanner.expect("{");
    for (let depth = 1; depth > 0; ) {
      if (scanner.take("{")) depth++;
      else if (scanner.take("}")) depth--;
      else if (scanner.operator() !== undefined) scanner.take(scanner.operator() ?? "");
      else if (scanner.pattern() === undefined) scanner.fail("'}'");
    }
  }

  /** `INSERT AFTER|BEFORE section`: all statements so far become an addition to the default script. */
  private insert(): void {
    const { scanner, result } = this;
    const where = scanner.where();
    const after = scanner.keyword("AFTER");
    if (!after && !scanner.keyword("BEFORE")) scanner.fail("AFTER or BEFORE");
    const section = scanner.pattern() ?? scanner.fail("an output section");
    result.insertions.push({ after, section, statements: result.statements.splice(0), where });
    result.hasSections = false;
  }

  private format(known: string[], expected: string): string[] {
    const { scanner } = this;
    const names: string[] = [];
    scanner.expect("(");
    do {
      const mark = scanner.mark();
      const name = scanner.pattern() ?? "";
      if (!known.includes(name)) {
        scanner.rewind(mark);
        scanner.fail(expected);
      }
      names.push(name);
    } while (scanner.take(","));
    scanner.expect(")");
    return names;
  }

  private names(expected: string): string[] {
    const { scanner } = this;
    const names: string[] = [];
    scanner.expect("(");
    do {
      names.push(scanner.pattern() ?? scanner.fail(expected));
      scanner.take(",");
    } while (!scanner.take(")"));
    return names;
  }

  /** `(file, -lname, AS_NEEDED(file))`; nothing is dynamic here, so AS_NEEDED has nothing to add. */
  private files(): ScriptInput[] {
    const { scanner } = this;
    const files: ScriptInput[] = [];
    scanner.expect("(");
    do {
      if (scanner.keyword("AS_NEEDED"))
        files.push(...this.names("a file").map((name) => ({ kind: "file" as const, name })));
      else files.push({ kind: "file", name: scanner.pattern() ?? scanner.fail("a file") });
      scanner.take(",");
    } while (!scanner.take(")"));
    return files;
  }

  /** `name [(attributes)] : ORIGIN = value, LENGTH = value`. */
  private memory(): void {
    const { scanner, result } = this;
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (scanner.take(";")) continue;
      const where = scanner.where();
      const name = scanner.name() ?? scanner.fail("a region's name");
      let attributes = "";
      if (scanner.take("(")) {
        while (!scanner.take(")")) {
          const mark = scanner.mark();
          const word = scanner.take("!") ? "!" : (scanner.name() ?? "");
          if (!/^(!|[rwxailRWXAIL]+)$/.test(word)) {
            scanner.rewind(mark);
            scanner.fail("attributes, some of rwxail!");
          }
          attributes += word.toLowerCase();
        }
      }
      scanner.expect(":");
      const value = (words: readonly string[]) => {
        if (!words.some((word) => scanner.keyword(word))) scanner.fail(words[0]);
        scanner.expect("=");
        return this.expressions.expression();
      };
      const origin = value(["ORIGIN", "org", "o"]);
      scanner.take(",");
      const length = value(["LENGTH", "len", "l"]);
      scanner.take(",");
      if (result.regions.some((region) => region.name === name)) scanner.fail(`one memory region named '${name}'`);
      result.regions.push({ name, attributes, origin, length, where });
    }
  }

  /** `name type [FILEHDR] [PHDRS] [AT(address)] [FLAGS(flags)];`. */
  private programHeaders(): void {
    const { scanner, result } = this;
    result.programHeaders ??= [];
    scanner.expect("{");
    while (!scanner.take("}")) {
      if (scanner.take(";")) continue;
      const where = scanner.where();
      const name = scanner.name() ?? scanner.fail("a program header's name");
      const type = this.expressions.expression();
      const header = { fileHeader: false, programHeaders: false };
      let address: Assignment["value"] | undefined;
      let flags: Assignment["value"] | undefined;
      while (!scanner.take(";")) {
        if (scanner.keyword("FILEHDR")) header.fileHeader = true;
        else if (scanner.keyword("PHDRS")) header.programHeaders = true;
        else if (scanner.keyword("AT")) address = this.expressions.parenthesised();
        else if (scanner.keyword("FLAGS")) flags = this.expressions.parenthesised();
        else scanner.fail("FILEHDR, PHDRS, AT, FLAGS or ';'");
      }
      result.programHeaders.push({ name, type, ...header, address, flags, where });
    }
  }
}
