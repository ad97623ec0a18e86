// What the build complains about, taken apart again so that an editor can show each complaint at its place. The form of a message is
// that of toolchain/build/messages.ts: `file:line:column: error: …`, the source line, and a caret.

export interface Problem {
  severity: "error" | "warning";
  /** What is wrong, without the place. */
  message: string;
  /** A path of the tree; absent when the complaint is about no file. */
  file?: string;
  /** Both count from 1; absent when the complaint is about the whole file. */
  line?: number;
  column?: number;
  /** How many characters are marked. */
  length: number;
}

const AT_PLACE = /^([^\s:]+):(\d+)(?::(\d+))?: (?:(error|warning): )?(.*)$/;
const AT_FILE = /^([^\s:]+\.[^\s:]+): (?:(error|warning): )?(.*)$/;
const MARK = /^\s*\^(~*)\s*$/;

/** The complaints in a message of `minios build`, in its order. */
export function problemsOf(text: string): Problem[] {
  const problems: Problem[] = [];
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const problem = parse(line);
    const mark = MARK.exec(lines[at + 2] ?? "");
    if (mark) {
      problem.length = (mark[1]?.length ?? 0) + 1;
      at += 2;
    }
    problems.push(problem);
  }
  return problems;
}

function parse(line: string): Problem {
  const place = AT_PLACE.exec(line);
  if (place) {
    const [, file = "", lineNumber, column, severity, message = ""] = place;
    return {
      severity: severity === "warning" ? "warning" : "error",
      message,
      file,
      line: Number(lineNumber),
      ...(column !== undefined && { column: Number(column) }),
      length: 1,
    };
  }
  const whole = AT_FILE.exec(line);
  if (whole) {
    const [, file = "", severity, message = ""] = whole;
    return { severity: severity === "warning" ? "warning" : "error", message, file, length: 1 };
  }
  return { severity: "error", message: line.replace(/^error: /, ""), length: 1 };
}
