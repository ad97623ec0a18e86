// File and section name patterns of linker scripts: `*`, `?` and `[a-z]`, and the order that SORT asks for.

import type { InputSection } from "./resolve.ts";
import type { SortKey } from "./script.ts";

const COMPILED = new Map<string, RegExp>();

/** Whether a name matches a pattern with `*`, `?` and `[a-z]`. */
export function matches(pattern: string, name: string): boolean {
  if (pattern === "*") return true;
  if (!/[*?[]/.test(pattern)) return pattern === name;
  let compiled = COMPILED.get(pattern);
  if (!compiled) {
    const source = pattern
      .replace(/[.+^${}()|\\]/g, "\\$&")
      .replace(/\*+/g, ".*")
      .replace(/\?/g, ".")
      .replace(/\[!/g, "[^");
    try {
      compiled = new RegExp(`^${source}$`, "s");
    } catch {
      // An open bracket that is no class stands for itself.
      compiled = new RegExp(`^${source.replace(/[[\]]/g, "\\$&")}$`, "s");
    }
    COMPILED.set(pattern, compiled);
  }
  return compiled.test(name);
}

/** What a file pattern looks at: an object's name, and of an archive's member both names. */
export interface NamedFile {
  name: string;
  archive?: string;
  member?: string;
}

/** A file pattern without a slash also matches the last part of a path; `archive:member` and `archive:` are archives' files. */
export function matchesFile(pattern: string, file: NamedFile): boolean {
  if (pattern === "*") return true;
  const colon = pattern.indexOf(":");
  if (colon >= 0) {
    const [archive, member] = [pattern.slice(0, colon), pattern.slice(colon + 1)];
    if (archive === "") return file.archive === undefined && matchesPath(member, file.name);
    return (
      file.archive !== undefined &&
      matchesPath(archive, file.archive) &&
      (member === "" || matches(member, file.member ?? ""))
    );
  }
  return matchesPath(pattern, file.member ?? file.name);
}

function matchesPath(pattern: string, path: string): boolean {
  return matches(pattern, path) || (!pattern.includes("/") && matches(pattern, path.slice(path.lastIndexOf("/") + 1)));
}

interface Sortable {
  input: InputSection;
  sort: readonly SortKey[];
}

/** Puts a section where it belongs among those that one statement asks for: before the first that must come after it. */
export function insertSorted(list: Sortable[], added: Sortable): void {
  const at = added.sort.length === 0 ? -1 : list.findIndex((other) => compare(added, other) < 0);
  if (at < 0) list.push(added);
  else list.splice(at, 0, added);
}

function compare({ input: { section: a }, sort }: Sortable, { input: { section: b } }: Sortable): number {
  for (const key of sort) {
    if (key === "alignment" && a.align !== b.align) return b.align - a.align;
    if (key === "priority") {
      const [first, second] = [initPriority(a.name), initPriority(b.name)];
      if (first !== undefined && second !== undefined && first !== second) return first - second;
    }
    if (key !== "alignment" && a.name !== b.name) return a.name < b.name ? -1 : 1;
  }
  return 0;
}

/** `.init_array.00100` is 100; `.ctors.65435` counts from the other end, so it is the same. */
function initPriority(name: string): number | undefined {
  const match = /^\.(init_array|fini_array|ctors|dtors)\.(\d+)$/.exec(name);
  if (!match) return undefined;
  return match[1].endsWith("array") ? Number(match[2]) : 65535 - Number(match[2]);
}
