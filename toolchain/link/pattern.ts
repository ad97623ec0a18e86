// File and section name patterns of linker scripts: `*`, `?` and `[a-z]`.

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
      .replace(/\?/g, ".");
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

/** A file pattern without a slash also matches the last part of a path. */
export function matchesFile(pattern: string, file: string): boolean {
  if (matches(pattern, file)) return true;
  return !pattern.includes("/") && matches(pattern, file.slice(file.lastIndexOf("/") + 1));
}
