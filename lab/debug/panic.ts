// A panic of the kernel, read from its screen: what it says, and the places in the sources that it names.

export interface Panic {
  message: string;
  /** Innermost first. */
  places: { path: string; line: number }[];
}

const PANIC = /^PANIC: (.+)$/;
const PLACE = /\b([\w./-]+\.(?:ts|s)):(\d+)\b/;

/** @param rows of the text screen; undefined when there is no panic on it */
export function panicOf(rows: readonly string[]): Panic | undefined {
  const at = rows.findLastIndex((row) => PANIC.test(row));
  const message = PANIC.exec(rows[at] ?? "")?.[1];
  if (message === undefined) return undefined;
  const places = rows.slice(at).flatMap((row) => {
    const [, path, line] = PLACE.exec(row) ?? [];
    return path === undefined ? [] : [{ path, line: Number(line) }];
  });
  return { message, places };
}
