// The project file: what a kernel is made of. `minios.json` in the project's folder; paths are relative to that folder.

import { BuildError, needText, type SourceTree } from "./source-tree.ts";

export interface Project {
  name: string;
  /** TypeScript entry file. */
  entry: string;
  /** Where the module's static data stands: a linear address, which the linker script must honour. */
  memoryBase: number;
  /** Further options for the TypeScript compiler. */
  ascOptions: string[];
  /** Assembly files, in link order. */
  assembly: string[];
  /** Linker script. */
  script: string;
  /** Own boot code for a floppy image: the boot sector and the program that enters protected mode. */
  boot?: { sector: string; setup: string };
}

const FILE = "minios.json";

/** Reads the project in `folder`; throws BuildError when it is missing, not JSON, or a field is not what it should be. */
export function readProject(tree: SourceTree, folder: string): Project {
  const path = join(folder, FILE);
  const fields = parse(path, needText(tree, path));
  const text = (name: string) => {
    const value = fields[name];
    if (typeof value !== "string") throw new BuildError(`${path}: "${name}": expected a string, found ${kind(value)}`);
    return value;
  };
  const list = (name: string) => {
    const value = fields[name] ?? [];
    if (!Array.isArray(value) || value.some((item) => typeof item !== "string")) {
      throw new BuildError(`${path}: "${name}": expected a list of strings, found ${kind(value)}`);
    }
    return value as string[];
  };
  const memoryBase = Number(text("memoryBase"));
  if (!Number.isInteger(memoryBase) || memoryBase < 0 || memoryBase > 0xffffffff) {
    throw new BuildError(
      `${path}: "memoryBase": expected an address such as "0x101000", found "${text("memoryBase")}"`,
    );
  }
  const boot = fields["boot"] as { sector?: unknown; setup?: unknown } | undefined;
  if (boot !== undefined && (typeof boot.sector !== "string" || typeof boot.setup !== "string")) {
    throw new BuildError(`${path}: "boot": expected {"sector": file, "setup": file}`);
  }
  return {
    name: text("name"),
    entry: join(folder, text("entry")),
    memoryBase,
    ascOptions: list("ascOptions"),
    assembly: list("assembly").map((file) => join(folder, file)),
    script: join(folder, text("script")),
    ...(boot && { boot: { sector: join(folder, String(boot.sector)), setup: join(folder, String(boot.setup)) } }),
  };
}

function parse(path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (error) {
    throw new BuildError(`${path}: expected JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  throw new BuildError(`${path}: expected an object with name, entry, memoryBase, assembly and script`);
}

function kind(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

/** Joins two paths with a slash; "" and "." name the tree itself. */
export function join(folder: string, file: string): string {
  return folder === "" || folder === "." ? file : `${folder}/${file}`;
}
