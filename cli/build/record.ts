// What a build read and wrote, so that the next one knows whether there is anything to do. A file counts as changed when its
// contents have: saving it unchanged, or checking it out again, is no reason to build.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { SourceTree } from "../../toolchain/build/source-tree.ts";

/** Paths and digests of what a build asked for; null for what was not there. A folder's path ends with a slash, its digest is of the names. */
export type Inputs = Record<string, string | null>;

export interface BuildRecord {
  /** The tools that built: others may give another result. */
  tools: string;
  folder: string;
  inputs: Inputs;
  /** Paths and sizes; a disk image's contents are the guest's to change. */
  outputs: Record<string, number>;
}

/** A tree that remembers what was read from it. */
export class RecordingTree implements SourceTree {
  readonly inputs: Inputs = {};

  constructor(private readonly tree: SourceTree) {}

  readText(path: string): string | undefined {
    const bytes = this.readBytes(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  readBytes(path: string): Uint8Array | undefined {
    const bytes = this.tree.readBytes(path);
    // The first reading counts: what changes after it has not been seen by all stages.
    if (!(path in this.inputs)) this.inputs[path] = bytes ? digest(bytes) : null;
    return bytes;
  }

  list(folder: string): string[] | undefined {
    const names = this.tree.list?.(folder);
    this.inputs[`${folder}/`] ??= names ? digestOfNames(names) : null;
    return names;
  }
}

/** The paths whose files are not what they were. */
export function changedInputs(tree: SourceTree, inputs: Inputs): string[] {
  return Object.entries(inputs)
    .filter(([path, before]) => {
      return digestNow(tree, path) !== before;
    })
    .map(([path]) => path);
}

function digestNow(tree: SourceTree, path: string): string | null {
  if (path.endsWith("/")) {
    const names = tree.list?.(path.slice(0, -1));
    return names ? digestOfNames(names) : null;
  }
  const bytes = tree.readBytes(path);
  return bytes ? digest(bytes) : null;
}

export function recordPath(output: string, name: string): string {
  return join(output, `.${name}.build.json`);
}

/** @returns undefined when there is none, or it is not one */
export function readRecord(path: string): BuildRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(path, "utf8")) as Partial<BuildRecord> | null;
    const { tools, folder, inputs, outputs } = record ?? {};
    if (typeof tools !== "string" || typeof folder !== "string") return undefined;
    if (!isTable(inputs) || !isTable(outputs)) return undefined;
    return { tools, folder, inputs, outputs };
  } catch {
    return undefined;
  }
}

/** True when the same tools would read the same files, and what they wrote is still there. */
export function isUpToDate(tree: SourceTree, folder: string, record: BuildRecord, tools = toolStamp()): boolean {
  if (record.folder !== folder || record.tools !== tools) return false;
  const complete = Object.entries(record.outputs).every(
    ([path, size]) => statSync(path, { throwIfNoEntry: false })?.size === size,
  );
  return complete && Object.keys(record.inputs).length > 0 && changedInputs(tree, record.inputs).length === 0;
}

let stamp: string | undefined;

/** Tells one build of these tools from another: the bundle's files, or this folder's when run from source. */
export function toolStamp(): string {
  if (stamp !== undefined) return stamp;
  const folder = dirname(fileURLToPath(import.meta.url));
  const parts = readdirSync(folder)
    .filter((name) => /\.(js|ts)$/.test(name))
    .sort()
    .map((name) => {
      const { size, mtimeMs } = statSync(join(folder, name));
      return `${name}:${size}:${mtimeMs}`;
    });
  stamp = digest(new TextEncoder().encode(parts.join("\n")));
  return stamp;
}

function digestOfNames(names: readonly string[]): string {
  return digest(new TextEncoder().encode(names.join("\0")));
}

function digest(bytes: Uint8Array): string {
  return createHash("sha1").update(bytes).digest("base64");
}

function isTable<T>(value: Record<string, T> | undefined): value is Record<string, T> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
