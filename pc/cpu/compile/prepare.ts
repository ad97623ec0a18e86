// Prepares the built core for the compiler: every function and every variable is exported, and a custom section holds the module as
// it was, since a WebAssembly.Module does not show its bytes. Source: WebAssembly Core Specification 2.0, section 5.5.

import { readModule } from "../../../formats/wasm/read.ts";
import { exportedFunction, exportedGlobal, SECTION } from "./semantics.ts";

const EXPORTS = 7;
const KINDS = ["function", "table", "memory", "global"];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
}

function name(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  return [...unsigned(bytes.length), ...bytes];
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** The core as `Cpu` takes it. */
export function withSemantics(core: Uint8Array): Uint8Array<ArrayBuffer> {
  const module = readModule(core, "core.wasm");
  const exports = [
    ...module.exports,
    ...module.functions.map(({ index }) => ({ name: exportedFunction(index), kind: "function", index })),
    ...module.globals.map(({ index }) => ({ name: exportedGlobal(index), kind: "global", index })),
  ];
  const entries = exports.flatMap((entry) => [
    ...name(entry.name),
    KINDS.indexOf(entry.kind),
    ...unsigned(entry.index),
  ]);
  const parts: Uint8Array[] = [core.subarray(0, 8)];
  // Custom sections of the original (where its source map is) are left out.
  for (const { id, start, end } of sections(core)) {
    if (id === EXPORTS) parts.push(Uint8Array.from(section(EXPORTS, [...unsigned(exports.length), ...entries])));
    else if (id !== 0) parts.push(core.subarray(start, end));
  }
  parts.push(Uint8Array.from([0, ...unsigned(name(SECTION).length + core.length), ...name(SECTION)]), core);
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

/** The sections of a module that `readModule` has accepted. */
function* sections(bytes: Uint8Array): Generator<{ id: number; start: number; end: number }> {
  for (let at = 8; at < bytes.length; ) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    at += size;
    yield { id, start, end: at };
  }
}
