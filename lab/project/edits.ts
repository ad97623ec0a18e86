// A person's changes to the page's tree, as values: what is changed, put back, made and removed. Nothing here stores anything.

import type { Edits, Files } from "../toolchain/files.ts";

const decoder = new TextDecoder();

/** The text as shipped; undefined for a file that the person made. */
export function originalText(files: Files, path: string): string | undefined {
  const bytes = files.get(path);
  return bytes && decoder.decode(bytes);
}

/** The text now; undefined when there is no such file (any more). */
export function textNow(files: Files, edits: Edits, path: string): string | undefined {
  const edit = edits.get(path);
  return edit === undefined ? originalText(files, path) : (edit ?? undefined);
}

/** The file has this text now. Text that is the original's is no edit. */
export function withText(files: Files, edits: Edits, path: string, text: string): Edits {
  const next = new Map(edits);
  if (originalText(files, path) === text) next.delete(path);
  else next.set(path, text);
  return next;
}

/** The file is as shipped again; a file that the person made is gone. */
export function withOriginal(edits: Edits, path: string): Edits {
  const next = new Map(edits);
  next.delete(path);
  return next;
}

/** The file is gone. */
export function without(files: Files, edits: Edits, path: string): Edits {
  const next = new Map(edits);
  if (files.has(path)) next.set(path, null);
  else next.delete(path);
  return next;
}

/** Why a new file cannot have this path; undefined when it can. Paths are plain: letters, digits, `._-`, and slashes between. */
export function pathProblem(path: string): "empty" | "characters" | "dots" | undefined {
  if (path === "" || path.endsWith("/") || path.startsWith("/") || path.includes("//")) return "empty";
  if (!/^[\w.\-/]+$/.test(path)) return "characters";
  return path.split("/").some((part) => part === "." || part === "..") ? "dots" : undefined;
}
