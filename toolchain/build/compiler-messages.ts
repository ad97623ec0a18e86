// What the TypeScript compiler says, as every tool here says it: `file:line:column: error: …`, the source line, a caret.
//
//   ERROR TS2304: Cannot find name 'x'.               main.ts:3:12: error: Cannot find name 'x'. [TS2304]
//      :                                                   return x + 1;
//    3 │   return x + 1;                     becomes              ^
//      │          ~
//      └─ in main.ts(3,12)

const HEAD = /^(ERROR|WARNING|PEDANTIC|INFO|FAILURE)\b ?(?:([A-Z]+\d+): )?(.*)$/;
const SOURCE = /^ *\d+ │ (.*)$/;
/** The compiler leaves the source line's indentation away, so only this says where the caret goes. */
const MARK = /^ +│ ( *)[~^]+$/;
const PLACE = /^ *└─ in (.*)\((\d+),(\d+)\)$/;

interface Message {
  severity: string;
  code: string | undefined;
  text: string[];
  source: string | undefined;
  /** Characters before what is meant, in the source line as shown. */
  indent: string;
  place: { file: string; line: number; column: number } | undefined;
}

/** Colours that the compiler may have written are left out; so is its summary of how many errors there were. */
export function compilerMessages(output: string): string {
  const messages: Message[] = [];
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours begin with
  for (const line of output.replace(/\u001b\[\d+m/g, "").split("\n")) {
    const head = HEAD.exec(line);
    const last = messages[messages.length - 1];
    const place = PLACE.exec(line);
    const source = SOURCE.exec(line);
    const mark = MARK.exec(line);
    if (head)
      messages.push({
        severity: head[1],
        code: head[2],
        text: [head[3]],
        source: undefined,
        indent: "",
        place: undefined,
      });
    else if (!last) continue;
    // Of several places the first is where the fault is; the others are related to it.
    else if (place) last.place ??= { file: place[1], line: Number(place[2]), column: Number(place[3]) };
    else if (mark && !last.place) last.indent = mark[1];
    else if (source) last.source ??= source[1];
    else if (last.source === undefined && !/^ *:?$/.test(line)) last.text.push(line.trim());
  }
  const shown = messages.filter((message) => message.severity !== "FAILURE");
  return (shown.length > 0 ? shown : messages).map(show).join("\n");
}

function show({ severity, code, text, source, indent, place }: Message): string {
  const what = severity === "ERROR" || severity === "FAILURE" ? "error" : severity === "WARNING" ? "warning" : "note";
  const message = `${what}: ${text.join(" ")}${code === undefined ? "" : ` [${code}]`}`;
  if (!place) return message;
  const lines = [`${place.file}:${place.line}:${place.column}: ${message}`];
  if (source !== undefined) {
    lines.push(`    ${source}`, `    ${indent}^`);
  }
  return lines.join("\n");
}
