// One project on the disk: is there anything to build, build it, write what came of it.

import { existsSync } from "node:fs";
import { relative } from "node:path";
import { join } from "../../toolchain/build/fields.ts";
import { buildProject } from "../../toolchain/build/kernel.ts";
import { messageOf } from "../../toolchain/build/messages.ts";
import { PROJECT_FILE, readProject } from "../../toolchain/build/project.ts";
import { BuildError } from "../../toolchain/build/source-tree.ts";
import { systemErrorText, UsageError } from "../errors.ts";
import { sourceDate } from "../source-date.ts";
import { diskTree, writeWhole } from "./disk-tree.ts";
import { type Inputs, isUpToDate, RecordingTree, readRecord, recordPath, toolStamp } from "./record.ts";

/** A build that succeeded; its files are not written yet. */
export interface Result {
  name: string;
  /** Path and contents. */
  files: [string, string | Uint8Array][];
  /** The file that a PC boots: the floppy image, or the executable when there is none. */
  boots: string;
}

export interface Failure {
  /** What is wrong with the sources: lines for the person. */
  message: string;
}

/** MiniOS itself, from the top of its own sources. */
const DEFAULT_FOLDERS = [".", "kernel"];

export class Builder {
  /** Everything that the last build read, whether it succeeded or not. */
  inputs: Inputs = {};
  readonly folder: string;
  private readonly tree = diskTree(".");

  /**
   * @param folder the project's, or undefined for this one
   * @throws UsageError when no folder is given and there is no project here
   */
  constructor(
    folder: string | undefined,
    readonly output: string,
  ) {
    this.folder = findFolder(folder);
  }

  /**
   * Reads the project and builds it.
   * @throws UsageError when the project file is wrong
   */
  async make(progress: (stage: string) => void): Promise<Result | Failure> {
    const tree = new RecordingTree(this.tree);
    this.inputs = tree.inputs;
    const project = this.readProject(tree);
    try {
      const { elf, map, floppy, disk } = await buildProject(tree, project, progress, sourceDate());
      const executable = join(this.output, `${project.executable}.elf`);
      const files: Result["files"] = [
        [executable, elf],
        [join(this.output, `${project.executable}.map`), map],
      ];
      const image = join(this.output, `${project.name}.img`);
      if (floppy) files.push([image, floppy]);
      if (disk) files.push([join(this.output, `${project.name}-disk.img`), disk]);
      return { name: project.name, files, boots: floppy ? image : executable };
    } catch (error) {
      const message = messageOf(error, tree);
      if (message === undefined) throw error;
      return { message };
    }
  }

  /** @throws UsageError when there is no project, or its project file is wrong */
  check(): void {
    this.readProject(this.tree);
  }

  /** What boots, when nothing has changed since the build that made it. Its inputs become this builder's. */
  upToDate(): string | undefined {
    const { name, executable } = this.readProject(this.tree);
    const record = readRecord(recordPath(this.output, name));
    if (!record || !isUpToDate(this.tree, this.folder, record)) return undefined;
    this.inputs = record.inputs;
    const image = join(this.output, `${name}.img`);
    return image in record.outputs ? image : join(this.output, `${executable}.elf`);
  }

  /** @throws BuildError when a file cannot be written */
  write({ name, files }: Result): void {
    const outputs = Object.fromEntries(files.map(([path, contents]) => [path, Buffer.byteLength(contents)]));
    const record = { tools: toolStamp(), folder: this.folder, inputs: this.inputs, outputs };
    for (const [path, contents] of files) writeOutput(path, contents);
    writeOutput(recordPath(this.output, name), JSON.stringify(record));
  }

  private readProject(tree: RecordingTree | ReturnType<typeof diskTree>) {
    try {
      return readProject(tree, this.folder);
    } catch (error) {
      if (error instanceof BuildError) throw new UsageError(error.message);
      throw error;
    }
  }
}

/** The folder as a path from here with slashes: it becomes part of every source's name. */
function findFolder(folder: string | undefined): string {
  const found = folder ?? DEFAULT_FOLDERS.find((name) => existsSync(join(name, PROJECT_FILE)));
  if (found === undefined) {
    throw new UsageError(
      `${PROJECT_FILE}: no such file here; name the project's folder, or start one: minios new NAME`,
    );
  }
  return relative(".", found).replaceAll("\\", "/") || ".";
}

function writeOutput(path: string, contents: string | Uint8Array): void {
  try {
    writeWhole(path, contents);
  } catch (error) {
    throw new BuildError(`${path}: error: ${systemErrorText(error)}`);
  }
}
