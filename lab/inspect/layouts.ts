// Where the fields of a kernel class stand in memory, from its source: what `@unmanaged class` means to AssemblyScript. Fields stand in
// their order, each aligned to its size; a field of a class is a reference. The person's own changes to a class are seen at once.
// Source: the AssemblyScript Book, "Implementation details", class layout.

export interface Field {
  name: string;
  /** As written. */
  type: string;
  offset: number;
  /** 1, 2, 4 or 8 bytes. */
  size: number;
}

const SIZES: Record<string, number> = {
  bool: 1,
  i8: 1,
  u8: 1,
  i16: 2,
  u16: 2,
  i64: 8,
  u64: 8,
  f64: 8,
};
/** Numbers, enumerations, addresses and references. */
const WORD = 4;

/** The fields of class `name` in a TypeScript text; undefined when there is no such class. */
export function fieldsOf(text: string, name: string): Map<string, Field> | undefined {
  const plain = text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, "");
  const start = new RegExp(`\\bclass ${name}\\b[^{]*\\{`).exec(plain);
  if (!start) return undefined;
  const fields = new Map<string, Field>();
  let offset = 0;
  for (const line of topLevelLines(plain.slice(start.index + start[0].length))) {
    const [, field, type] =
      /^(?:(?:public|private|protected|readonly|override)\s+)*(\w+)\s*!?\s*:\s*([^=;(]+?)\s*(?:=[^;]*)?;/.exec(line) ??
      [];
    if (field === undefined || type === undefined || /^(static|get|set)\b/.test(line)) continue;
    const size = SIZES[type] ?? WORD;
    offset = (offset + size - 1) & -size;
    fields.set(field, { name: field, type, offset, size });
    offset += size;
  }
  return fields;
}

/** The lines of a class body that are not inside a method. */
function* topLevelLines(text: string): Generator<string> {
  let depth = 0;
  for (const line of text.split("\n")) {
    const before = depth;
    for (const letter of line) {
      if (letter === "{") depth++;
      else if (letter === "}" && --depth < 0) return;
    }
    if (before === 0 && depth === 0) yield line.trim();
  }
}
