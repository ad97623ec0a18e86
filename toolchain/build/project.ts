// The project file: what a kernel or a boot sector is made of. `minios.json` in the project's folder; paths are relative to
// that folder. docs/projects.md describes the fields for the person who writes one.

import { Fields, isFile, join, parseFields } from "./fields.ts";
import { BuildError, needText, type SourceTree } from "./source-tree.ts";

interface ProjectFiles {
  /** Names the disk image; a plain file name. */
  name: string;
  /** Names the executable and the map: the project's name unless the file says another. */
  executable: string;
  /** Assembly files, in link order. */
  assembly: string[];
  /** Linker script. */
  script: string;
}

/** A kernel: an ELF executable, and a floppy image where there is boot code. */
export interface KernelProject extends ProjectFiles {
  format: "elf";
  typescript?: {
    /** The file that is compiled with all that it imports. */
    entry: string;
    /** Where the module's static data stands: a linear address, which the linker script must honour. */
    memoryBase: number;
    /** Further options for the TypeScript compiler. */
    ascOptions: string[];
    /** Bare ones are constants: bare-objects.ts. */
    objects: "managed" | "bare";
  };
  /** Own boot code for a floppy image: the boot sector and the program that enters protected mode. */
  boot?: { sector: string; setup: string };
  /** What the images hold besides the kernel. Place on the image → file or folder of the project. */
  files: ReadonlyMap<string, string>;
  /** A hard disk image, too: the master boot record, and how large the disk is to be at least. */
  disk?: { mbr: string; bytes: number };
}

/** A program that the BIOS loads: plain bytes from the start of a floppy on. */
export interface FlatProject extends ProjectFiles {
  format: "flat";
}

export type Project = KernelProject | FlatProject;

export const PROJECT_FILE = "minios.json";

const CONTENTS = "name, script, and entry, assembly or both";
const COMMON_FIELDS = ["name", "executable", "format", "assembly", "script"];
const KERNEL_FIELDS = ["entry", "memoryBase", "ascOptions", "objects", "boot", "files", "disk"];
const MEGABYTE = 2 ** 20;
const MOST_MEGABYTES = 2000;

/** Reads the project in `folder`; throws BuildError when it is missing, not JSON, or a field is not what it should be. */
export function readProject(tree: SourceTree, folder: string): Project {
  const path = join(folder, PROJECT_FILE);
  const fields = new Fields(path, folder, parseFields(path, needText(tree, path), CONTENTS));
  const format = fields.get("format") ?? "elf";
  if (format !== "elf" && format !== "flat") throw fields.wrong("format", '"elf" or "flat"');
  fields.refuseUnknown([...COMMON_FIELDS, ...KERNEL_FIELDS]);
  const name = fields.name("name");
  const files = {
    name,
    executable: fields.get("executable") === undefined ? name : fields.name("executable"),
    assembly: fields.list("assembly").map((file) => join(folder, file)),
    script: fields.file("script"),
  };
  if (format === "flat") {
    const alien = KERNEL_FIELDS.find((field) => fields.get(field) !== undefined);
    if (alien) throw new BuildError(`${path}: "${alien}": a project of the format "flat" has none`);
    if (files.assembly.length === 0) throw fields.wrong("assembly", "at least one file");
    return { format, ...files };
  }
  const typescript = readTypeScript(fields, folder);
  if (!typescript && files.assembly.length === 0) throw new BuildError(`${path}: expected "entry", "assembly" or both`);
  const boot = readBoot(fields);
  const disk = readDisk(fields);
  const onImage = readFiles(fields);
  const orphan = [onImage.size > 0 && "files", disk && "disk"].find(Boolean);
  if (orphan && !boot) throw new BuildError(`${path}: "${orphan}": expected a "boot" beside it, found none`);
  return {
    format,
    ...files,
    ...(typescript && { typescript }),
    ...(boot && { boot }),
    files: onImage,
    ...(disk && { disk }),
  };
}

function readTypeScript(fields: Fields, folder: string): KernelProject["typescript"] {
  const options = fields.list("ascOptions");
  if (fields.get("entry") === undefined) {
    const orphan = ["memoryBase", "ascOptions", "objects"].find((field) => fields.get(field) !== undefined);
    if (orphan) throw new BuildError(`${fields.path}: "${orphan}": expected an "entry" beside it, found none`);
    return undefined;
  }
  const entry = fields.file("entry");
  if (!entry.endsWith(".ts")) throw fields.wrong("entry", "a file that ends in .ts");
  const memoryBase = Number(fields.text("memoryBase"));
  if (!Number.isInteger(memoryBase) || memoryBase < 0 || memoryBase > 0xffffffff) {
    throw fields.wrong("memoryBase", 'an address such as "0x101000"');
  }
  const objects = fields.get("objects") ?? "managed";
  if (objects !== "managed" && objects !== "bare") throw fields.wrong("objects", '"managed" or "bare"');
  // A path in an option is the project's as well: abort=./main/abort.
  const here = folder === "" || folder === "." ? "" : `${folder}/`;
  return { entry, memoryBase, ascOptions: options.map((option) => option.replace("=./", `=${here}`)), objects };
}

function readBoot(fields: Fields): KernelProject["boot"] {
  const boot = fields.get("boot");
  if (boot === undefined) return undefined;
  if (typeof boot !== "object" || boot === null || !("sector" in boot) || !("setup" in boot)) {
    throw fields.wrong("boot", '{"sector": file, "setup": file}');
  }
  const { sector, setup } = boot;
  if (!isFile(sector) || !isFile(setup)) throw fields.wrong("boot", '{"sector": file, "setup": file}');
  return { sector: join(fields.folder, sector), setup: join(fields.folder, setup) };
}

function readDisk(fields: Fields): KernelProject["disk"] {
  const disk = fields.get("disk");
  const expected = `{"mbr": file, "megabytes": 1 to ${MOST_MEGABYTES}}`;
  if (disk === undefined) return undefined;
  if (typeof disk !== "object" || disk === null || !("mbr" in disk) || !("megabytes" in disk)) {
    throw fields.wrong("disk", expected);
  }
  const { mbr, megabytes } = disk;
  const isSize = typeof megabytes === "number" && megabytes >= 1 && megabytes <= MOST_MEGABYTES;
  if (!isFile(mbr) || !isSize) throw fields.wrong("disk", expected);
  return { mbr: join(fields.folder, mbr), bytes: megabytes * MEGABYTE };
}

function readFiles(fields: Fields): Map<string, string> {
  const files = fields.get("files") ?? {};
  if (typeof files !== "object" || files === null || Array.isArray(files)) {
    throw fields.wrong("files", '{"/place/on/the/image": file or folder}');
  }
  return new Map(
    Object.entries(files).map(([place, source]) => {
      if (!place.startsWith("/") || !isFile(source))
        throw fields.wrong("files", '{"/place/on/the/image": file or folder}');
      return [place, join(fields.folder, source)];
    }),
  );
}
