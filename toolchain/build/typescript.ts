// TypeScript (as AssemblyScript compiles it) to WebAssembly: the first stage of the build. The compiler is loaded only when used,
// and stays loaded: the second build of a process is the faster one.

import type { Transform } from "assemblyscript/transform";
import { bareObjects } from "./bare-objects.ts";
import { excerpt } from "./messages.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

export interface WasmModule {
  wasm: Uint8Array;
  /** Source map in JSON; its sources are paths in the tree. */
  sourceMap: string;
}

/** What the compiler reports; only what is used here. */
interface Diagnostic {
  code: number;
  category: number;
  message: string;
  range: Range | null;
  relatedRange: Range | null;
}

interface Range {
  /** Offsets in the source, in UTF-16 units. */
  start: number;
  end: number;
  source: { normalizedPath: string } | null;
}

/** Of asc's categories: pedantic, info, warning, error. */
const ERROR = 3;
/** What the compiler says of its own library when objects are bare: this is why. */
const NO_HEAP =
  'error: "objects" are "bare", so none can be made at run time: no new, no [ ] with variables, no + of texts';
/** Codes from here up to the next thousand are AssemblyScript's own; the others are TypeScript's. */
const OWN_CODES_END = 1000;

/**
 * Compiles `entry` (a path in the tree, with its `.ts`) and what it imports.
 * @param options further asc options, such as `--memoryBase`
 * @param objects bare ones are constants only, for kernels: bare-objects.ts
 * @throws BuildError with the compiler's errors, each as `file:line:column: error: …` with the source line
 */
export async function compileTypeScript(
  tree: SourceTree,
  entry: string,
  options: readonly string[],
  objects: "managed" | "bare" = "managed",
): Promise<WasmModule> {
  const asc = await import("assemblyscript/asc");
  const outputs = new Map<string, string | Uint8Array>();
  const diagnostics: Diagnostic[] = [];
  const texts: string[] = [];
  const arguments_ = [entry, "-o", "out.wasm", "--sourceMap", "--runtime", "stub", ...options];
  const result = await asc.main(arguments_, {
    // All options are in `options`: a configuration file that lies about must not change the build.
    readFile: (name: string) => (name === "asconfig.json" ? null : (tree.readText(name.replaceAll("\\", "/")) ?? null)),
    writeFile: (name: string, contents: string | Uint8Array) => {
      outputs.set(name, contents);
    },
    listFiles: () => [],
    transforms: objects === "bare" ? [bareObjects as Transform] : [],
    reportDiagnostic: (diagnostic: unknown) => diagnostics.push(diagnostic as Diagnostic),
    stdout: { write: () => true },
    stderr: {
      write: (chunk: string | Uint8Array) => {
        texts.push(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk));
        return true;
      },
    },
  });
  const unknown = /Unknown option '(.*)'/.exec(texts.join(""));
  if (unknown) throw new BuildError(`${entry}: error: the compiler knows no option ${unknown[1]}`);
  const wasm = outputs.get("out.wasm");
  const sourceMap = outputs.get("out.wasm.map");
  if (result.error || !(wasm instanceof Uint8Array) || typeof sourceMap !== "string") {
    const errors = diagnostics
      .filter(({ category }) => category === ERROR)
      .map((error) => (objects === "bare" && isOfLibrary(error) ? `${entry}: ${NO_HEAP}` : show(tree, entry, error)));
    if (errors.length === 0) errors.push(`${entry}: error: ${result.error?.message ?? "the compiler wrote nothing"}`);
    throw new BuildError([...new Set(errors)].join("\n"));
  }
  // The compiler names sources relative to where it was told to write; here a source is a path in the tree.
  const map = JSON.parse(sourceMap) as { sourceRoot?: string };
  delete map.sourceRoot;
  return { wasm, sourceMap: JSON.stringify(map) };
}

function isOfLibrary({ range }: Diagnostic): boolean {
  return range?.source?.normalizedPath.startsWith("~lib/") ?? false;
}

function show(tree: SourceTree, entry: string, { code, message, range, relatedRange }: Diagnostic): string {
  const text = `error: ${message.replaceAll("\n", " ")} [${code < OWN_CODES_END ? "AS" : "TS"}${code}]`;
  const place = range && placeOf(tree, range);
  if (!range || !place) return `${entry}: ${text}`;
  const related = relatedRange && placeOf(tree, relatedRange);
  const also = related ? `; see ${related.file}:${related.line}:${related.column}` : "";
  return `${place.file}:${place.line}:${place.column}: ${text}${also}${excerpt(tree, place, range.end - range.start)}`;
}

/** Where a range starts; undefined when it is not in a source of the tree (the compiler's library). */
function placeOf(tree: SourceTree, { start, source }: Range) {
  const file = source?.normalizedPath;
  const text = file === undefined ? undefined : tree.readText(file);
  if (file === undefined || text === undefined) return undefined;
  const before = text.slice(0, start).split("\n");
  return { file, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
