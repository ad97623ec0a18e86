// Source text to statements: comments go, `;` and newline separate, strings and character constants are left alone.
// Comments: `#` and `//` to the end of the line, a line that begins with `/`, and `/* */`, which counts as white space.

import { AssemblerError, type Position, type Source } from "./error.ts";

/** The text of one statement; `position` is where its first character stands. */
export interface Statement {
  text: string;
  position: Position;
}

const NEWLINE = 10;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const APOSTROPHE = 39;
const STAR = 42;
const SLASH = 47;
const SEMICOLON = 59;

/** `# 12 "file.c" 2`: what a preprocessor leaves so that messages name the file that a person wrote. */
const LINE_MARKER = /# *(\d+) +"([^"\n]*)"[ \d]*(?:\n|$)/y;

/** Splits source text; a complaint goes to `report`. Empty statements are left out. */
export function splitStatements(
  text: string,
  file: string,
  report: (error: AssemblerError) => void,
): { source: Source; statements: Statement[] } {
  const splitter = new Splitter(text, file, report);
  return { source: splitter.source, statements: splitter.split() };
}

class Splitter {
  private readonly statements: Statement[] = [];
  readonly source: Source;
  private at = 0;
  private line = 1;
  private lineStart = 0;
  /** What line markers say: the file, and how far its lines are off. */
  private shift = 0;
  private text = "";
  private startLine = 1;
  private startColumn = 1;

  constructor(
    private readonly input: string,
    private file: string,
    private readonly report: (error: AssemblerError) => void,
  ) {
    this.source = { file, lines: input.split("\n") };
  }

  split(): Statement[] {
    const { input } = this;
    while (this.at < input.length) {
      const start = this.at;
      const code = input.charCodeAt(start);
      if (code === NEWLINE || code === SEMICOLON) {
        this.finish();
        this.at++;
        if (code === NEWLINE) this.newline();
        this.begin();
      } else if (code === HASH) this.comment();
      else if (code === SLASH) this.slash();
      else if (code === QUOTE) this.string();
      else if (code === APOSTROPHE) {
        this.at = Math.min(input.length, characterEnd(input, start));
        this.text += input.slice(start, this.at);
      } else if (code < SPACE) {
        this.text += " ";
        this.at++;
      } else {
        while (this.at < input.length && isPlain(input.charCodeAt(this.at))) this.at++;
        this.text += input.slice(start, this.at);
      }
    }
    this.finish();
    return this.statements;
  }

  private position(line: number, column: number): Position {
    return { file: this.file, line: line + this.shift, column, source: this.source, sourceLine: line };
  }

  private begin(): void {
    this.text = "";
    this.startLine = this.line;
    this.startColumn = this.at - this.lineStart + 1;
  }

  private finish(): void {
    const trimmed = this.text.trimStart();
    if (trimmed === "") return;
    const column = this.startColumn + this.text.length - trimmed.length;
    this.statements.push({ text: trimmed.trimEnd(), position: this.position(this.startLine, column) });
  }

  private newline(): void {
    this.line++;
    this.lineStart = this.at;
  }

  private comment(): void {
    if (this.at === this.lineStart) {
      LINE_MARKER.lastIndex = this.at;
      const marker = LINE_MARKER.exec(this.input);
      if (marker) {
        this.shift = Number(marker[1]) - this.line - 1;
        this.file = marker[2];
      }
    }
    this.skipLine();
  }

  private skipLine(): void {
    const end = this.input.indexOf("\n", this.at);
    this.at = end < 0 ? this.input.length : end;
  }

  /** A comment, of one line or of the other kind, or a division. */
  private slash(): void {
    const next = this.input.charCodeAt(this.at + 1);
    if (next === STAR) this.blockComment();
    else if (next === SLASH || this.input.slice(this.lineStart, this.at).trim() === "") this.skipLine();
    else {
      this.text += "/";
      this.at++;
    }
  }

  private blockComment(): void {
    const { input } = this;
    const end = input.indexOf("*/", this.at + 2);
    if (end < 0)
      this.report(
        new AssemblerError(
          this.position(this.line, this.at - this.lineStart + 1),
          "comment is not closed: no */ follows",
        ),
      );
    const stop = end < 0 ? input.length : end + 2;
    for (; this.at < stop; this.at++) {
      this.text += " ";
      if (input.charCodeAt(this.at) === NEWLINE) {
        this.line++;
        this.lineStart = this.at + 1;
      }
    }
    if (this.text.trim() === "") this.begin();
  }

  private string(): void {
    const end = stringEnd(this.input, this.at);
    if (end < 0) {
      this.report(
        new AssemblerError(
          this.position(this.line, this.at - this.lineStart + 1),
          'string is not closed: no " on this line',
        ),
      );
      this.skipLine();
      this.begin();
    } else {
      this.text += this.input.slice(this.at, end);
      this.at = end;
    }
  }
}

/** A character that means nothing to the splitter. */
function isPlain(code: number): boolean {
  return (
    code >= SPACE && code !== HASH && code !== SLASH && code !== QUOTE && code !== APOSTROPHE && code !== SEMICOLON
  );
}

/** Offset just after the closing quote of the string that opens at `at`, or -1 when the line ends first. */
export function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length && text[i] !== "\n"; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return -1;
}

/** Offset just after a character constant: 'x, 'x' or '\n, with or without the closing quote. */
export function characterEnd(text: string, at: number): number {
  if (at + 1 >= text.length || text[at + 1] === "\n") return at + 1;
  const end = text[at + 1] === "\\" && at + 2 < text.length && text[at + 2] !== "\n" ? at + 3 : at + 2;
  return text[end] === "'" ? end + 1 : end;
}

/** The directive that a statement starts with, in lower case (empty for none), and how long the labels before it are. */
export function directiveOf(text: string): { labels: number; directive: string } {
  const match = /^((?:[\w.$]+ *: *)*)(\.[\w.$]+)?/.exec(text);
  return { labels: match?.[1].length ?? 0, directive: match?.[2]?.toLowerCase() ?? "" };
}
