// The characters of a linker script: white space, comments, words and operators. What a word may hold depends on the place:
// in file and section patterns `*`, `-` and `/` belong to it, in expressions they are operators.

import { ScriptError } from "./error.ts";

const SPACE = /(?:\s|\/\*[\s\S]*?\*\/)*/y;
const PATTERN = /"[^"\n]*"|[^\s(){};,="]+/y;
const NAME = /"[^"\n]*"|[A-Za-z_.$\\][\w.$\\]*/y;
const NUMBER = /(0[xX][0-9a-fA-F]+|[0-9]+)([kKmM]?)(?![\w.])/y;
const OPERATOR = /<<=|>>=|<<|>>|==|!=|<=|>=|&&|\|\||[-+*/&|]=|[-+*/%&|^!~<>?:=(){};,]/y;

export class ScriptScanner {
  private at = 0;
  private line = 1;
  private lineStart = 0;

  constructor(
    private readonly text: string,
    private readonly file: string,
  ) {
    this.skipSpace();
  }

  get atEnd(): boolean {
    return this.at >= this.text.length;
  }

  mark(): number {
    return this.at;
  }

  rewind(mark: number): void {
    this.at = mark;
  }

  /** "file:line:column: error", the start of a message about the present place. */
  where(): string {
    const { line, column } = this.position(this.at);
    return `${this.file}:${line}:${column}: error`;
  }

  /** Whether a name in quotes comes next. */
  isQuote(): boolean {
    return this.text[this.at] === '"';
  }

  /** The digits of a hexadecimal number without a unit, if one comes next; takes nothing. */
  hexDigits(): string | undefined {
    const match = this.peek(NUMBER);
    return match && match[2] === "" && /^0[xX]/.test(match[1]) ? match[1].slice(2) : undefined;
  }

  /** Takes the operator or bracket if it is next. */
  take(operator: string): boolean {
    if (this.peek(OPERATOR)?.[0] !== operator) return false;
    this.advance(operator.length);
    return true;
  }

  expect(operator: string): void {
    if (!this.take(operator)) this.fail(`'${operator}'`);
  }

  operator(): string | undefined {
    return this.peek(OPERATOR)?.[0];
  }

  /** Takes the keyword if it is next, and only as a whole word. */
  keyword(word: string): boolean {
    if (this.peek(NAME)?.[0] !== word) return false;
    this.advance(word.length);
    return true;
  }

  number(): number | undefined {
    const match = this.peek(NUMBER);
    if (!match) return undefined;
    this.advance(match[0].length);
    const unit = { k: 1024, m: 1024 * 1024 }[match[2].toLowerCase()] ?? 1;
    const octal = /^0[0-7]+$/.test(match[1]);
    return (octal ? Number.parseInt(match[1], 8) : Number(match[1])) * unit;
  }

  name(): string | undefined {
    return this.word(NAME);
  }

  /** A file name, section name or pattern of such. */
  pattern(): string | undefined {
    return this.word(PATTERN);
  }

  fail(expected: string): never {
    const { line, column } = this.position(this.at);
    const found = this.atEnd
      ? "the end of the script"
      : `'${this.text.slice(this.at).split(/[\s;]/, 1)[0].slice(0, 40) || ";"}'`;
    throw new ScriptError(this.file, line, column, expected, found);
  }

  private word(pattern: RegExp): string | undefined {
    const match = this.peek(pattern);
    if (!match) return undefined;
    this.advance(match[0].length);
    return match[0].startsWith('"') ? match[0].slice(1, -1) : match[0];
  }

  private peek(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    return pattern.exec(this.text);
  }

  private advance(count: number): void {
    this.at += count;
    this.skipSpace();
  }

  private skipSpace(): void {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
    if (this.text.startsWith("/*", this.at)) this.fail("'*/' at the end of the comment");
  }

  /** Places are asked for in order mostly, so the count goes on from the last one. */
  private position(offset: number): { line: number; column: number } {
    if (offset < this.lineStart) {
      this.line = 1;
      this.lineStart = 0;
    }
    for (;;) {
      const end = this.text.indexOf("\n", this.lineStart);
      if (end < 0 || end >= offset) break;
      this.line++;
      this.lineStart = end + 1;
    }
    return { line: this.line, column: offset - this.lineStart + 1 };
  }
}
