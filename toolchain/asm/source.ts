// Source text to statements: comments go, `;` and newline separate, strings and character constants are left alone.
// Comments: `#` and `//` to the end of the line, and `/* */`, which counts as white space.

import { AssemblerError, type Position } from "./error.ts";

/** The text of one statement; `position` is where its first character stands. */
export interface Statement {
  text: string;
  position: Position;
}

/** Splits source text; a complaint goes to `report`. Empty statements are left out. */
export function splitStatements(source: string, file: string, report: (error: AssemblerError) => void): Statement[] {
  const statements: Statement[] = [];
  let text = "";
  let line = 1;
  let lineStart = 0;
  let startLine = 1;
  let startColumn = 1;
  let at = 0;
  const position = (offset: number): Position => ({ file, line, column: offset - lineStart + 1 });
  const begin = () => {
    text = "";
    startLine = line;
    startColumn = at - lineStart + 1;
  };
  const finish = () => {
    const trimmed = text.trimStart();
    if (trimmed !== "") {
      const column = startColumn + text.length - trimmed.length;
      statements.push({ text: trimmed.trimEnd(), position: { file, line: startLine, column } });
    }
  };
  const newline = () => {
    line++;
    lineStart = at;
  };

  while (at < source.length) {
    const char = source[at];
    const pair = source.slice(at, at + 2);
    if (char === "\n" || char === ";") {
      finish();
      at++;
      if (char === "\n") newline();
      begin();
    } else if (char === "#" || pair === "//") {
      while (at < source.length && source[at] !== "\n") at++;
    } else if (pair === "/*") {
      const opened = position(at);
      const end = source.indexOf("*/", at + 2);
      if (end < 0) report(new AssemblerError(opened, "comment is not closed: no */ follows"));
      const stop = end < 0 ? source.length : end + 2;
      for (; at < stop; at++) {
        text += " ";
        if (source[at] === "\n") {
          line++;
          lineStart = at + 1;
        }
      }
      if (text.trim() === "") begin();
    } else if (char === '"') {
      const opened = position(at);
      const end = stringEnd(source, at);
      if (end < 0) {
        report(new AssemblerError(opened, 'string is not closed: no " on this line'));
        while (at < source.length && source[at] !== "\n") at++;
        begin();
      } else {
        text += source.slice(at, end);
        at = end;
      }
    } else if (char === "'") {
      const end = Math.min(source.length, characterEnd(source, at));
      text += source.slice(at, end);
      at = end;
    } else {
      text += char === "\t" || char === "\r" || char === "\f" ? " " : char;
      at++;
    }
  }
  finish();
  return statements;
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
  const match = /^((?:[\w.$]+\s*:\s*)*)(\.[\w.$]+)?/.exec(text);
  return { labels: match?.[1].length ?? 0, directive: match?.[2]?.toLowerCase() ?? "" };
}
