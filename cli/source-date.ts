// The time that files on images bear: SOURCE_DATE_EPOCH, when whoever packages wants one (reproducible-builds.org has the specification).

import { UsageError } from "./errors.ts";

/** @returns seconds since 1970, or undefined when nobody asks for a time @throws UsageError when it is no number */
export function sourceDate(env: Record<string, string | undefined> = process.env): number | undefined {
  const text = env["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return undefined;
  const seconds = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(seconds)) {
    throw new UsageError(`SOURCE_DATE_EPOCH: expected seconds since 1970, found '${text}'`);
  }
  return seconds;
}
