// Paths as texts, for files that name other files: what is needed of them without a file system. Both separators count where the host is
// Windows; elsewhere a backslash is a character like others.

const hostProcess = (globalThis as { process?: { platform?: string } }).process;

/** The host's paths have drives and backslashes. A page's have not. */
export const isWindows = hostProcess?.platform === "win32";

const SEPARATOR = isWindows ? /[/\\]/ : /\//;

export function isAbsolute(path: string): boolean {
  return path.startsWith("/") || (isWindows && /^([A-Za-z]:)?[/\\]/.test(path));
}

/** The last name of a path. */
export function basename(path: string): string {
  return path.split(SEPARATOR).findLast((name) => name !== "") ?? "";
}

/** The path without its last name; "." when it has no other. */
export function dirname(path: string): string {
  const names = path.split(SEPARATOR);
  while (names.length > 1 && names[names.length - 1] === "") names.pop();
  names.pop();
  const folder = names.join("/");
  return folder === "" ? (isAbsolute(path) ? "/" : ".") : folder;
}

/** `name` in `folder`, with "." and ".." resolved as far as the names go. */
export function join(folder: string, name: string): string {
  const start = isAbsolute(folder) ? "/" : "";
  const names: string[] = [];
  for (const part of `${folder}/${name}`.split(SEPARATOR)) {
    if (part === "" || part === ".") continue;
    const last = names[names.length - 1];
    if (part !== "..") names.push(part);
    else if (last !== undefined && last !== "..") names.pop();
    else if (start === "") names.push(part);
  }
  const path = names.join("/");
  // A drive's letter stands before the first separator.
  return (/^[A-Za-z]:$/.test(names[0] ?? "") ? path : start + path) || ".";
}
