// TypeScript (as AssemblyScript compiles it) to WebAssembly: the first stage of the build. The compiler is loaded only when used.

import { compilerMessages } from "./compiler-messages.ts";
import { BuildError, type SourceTree } from "./source-tree.ts";

export interface WasmModule {
  wasm: Uint8Array;
  /** Source map in JSON; its sources are paths in the tree. */
  sourceMap: string;
}

/**
 * Compiles `entry` (a path in the tree, with its `.ts`) and what it imports.
 * @param options further asc options, such as `--memoryBase`
 * @throws BuildError with the compiler's messages
 */
export async function compileTypeScript(
  tree: SourceTree,
  entry: string,
  options: readonly string[],
): Promise<WasmModule> {
  const asc = await import("assemblyscript/asc");
  const outputs = new Map<string, string | Uint8Array>();
  const messages: string[] = [];
  const arguments_ = [entry, "-o", "out.wasm", "--sourceMap", "--runtime", "stub", ...options];
  const result = await asc.main(arguments_, {
    readFile: (name: string) => tree.readText(name.replaceAll("\\", "/")) ?? null,
    writeFile: (name: string, contents: string | Uint8Array) => {
      outputs.set(name, contents);
    },
    listFiles: () => [],
    stdout: { write: () => true },
    stderr: {
      write: (chunk: string | Uint8Array) => {
        messages.push(typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk));
        return true;
      },
    },
  });
  const wasm = outputs.get("out.wasm");
  const sourceMap = outputs.get("out.wasm.map");
  if (result.error || !(wasm instanceof Uint8Array) || typeof sourceMap !== "string") {
    throw new BuildError(
      compilerMessages(messages.join("")) || `${entry}: ${result.error?.message ?? "the compiler wrote nothing"}`,
    );
  }
  // The compiler names sources relative to where it was told to write; here a source is a path in the tree.
  const map = JSON.parse(sourceMap) as { sourceRoot?: string };
  delete map.sourceRoot;
  return { wasm, sourceMap: JSON.stringify(map) };
}
