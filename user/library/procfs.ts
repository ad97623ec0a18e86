// Reading /proc: files of lines "name:   value".

import { close, open } from "./files.ts";
import { LineReader } from "./lines.ts";

/** The values of a file of /proc by their names; null if it can't be read. */
export function readValues(path: string): Map<string, string> | null {
  const handle = open(path);
  if (handle < 0) return null;
  const values = new Map<string, string>();
  const reader = new LineReader(handle);
  for (let line = reader.next(); line !== null; line = reader.next()) {
    const colon = line.indexOf(":");
    if (colon > 0) values.set(line.substring(0, colon), line.substring(colon + 1).trim());
  }
  close(handle);
  return values;
}

/** The value of that name; "" if there is none. */
export function valueOf(values: Map<string, string>, name: string): string {
  return values.has(name) ? values.get(name) : "";
}
