// MiniOS's programs on the disk: builds those that are out of date, several at a time, each into a file of its name. A program's
// record says what it was made of, as a project's does (record.ts).

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { buildProgram, programNames, readPrograms } from "../../toolchain/build/programs.ts";
import { BuildError } from "../../toolchain/build/source-tree.ts";
import { diskTree, writeWhole } from "./disk-tree.ts";
import { isUpToDate, RecordingTree, readRecord } from "./record.ts";

/** What a worker is told: where the programs are; then one message for each, with its name. */
export interface WorkerTask {
  folder: string;
  output: string;
  records: string;
}

/** What a worker says to each: undefined, or what is wrong. */
export type WorkerAnswer = string | undefined;

const MAX_WORKERS = 4;
/** Fewer programs than this aren't worth the start of another worker. */
const PROGRAMS_A_WORKER = 3;

/**
 * Builds the programs of `folder` into `output`, which holds nothing else.
 * @param records where their records are kept
 * @returns how many were built; the others were up to date
 * @throws BuildError with what is wrong with all of them
 */
export async function buildPrograms(folder: string, output: string, records: string): Promise<number> {
  const tree = diskTree(".");
  const names = programNames(tree, readPrograms(tree, folder));
  removeOthers(output, names);
  const tools = compilerStamp();
  const stale = names.filter((name) => {
    const record = readRecord(`${records}/${name}.json`);
    return !record || !isUpToDate(tree, folder, record, tools);
  });
  const problems = await buildAll(stale, { folder, output, records });
  if (problems.length > 0)
    throw new BuildError([...new Set(problems.flatMap((text) => text.split("\n\n")))].join("\n"));
  return stale.length;
}

/** Builds one program and writes it with its record; what is wrong, if anything is. */
export async function buildOne({ folder, output, records }: WorkerTask, name: string): Promise<WorkerAnswer> {
  const tree = new RecordingTree(diskTree("."));
  try {
    const program = await buildProgram(tree, readPrograms(tree, folder), name);
    const path = `${output}/${name}`;
    writeWhole(path, program);
    const outputs = { [path]: program.length };
    writeWhole(
      `${records}/${name}.json`,
      JSON.stringify({ tools: compilerStamp(), folder, inputs: tree.inputs, outputs }),
    );
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    return error.message;
  }
}

/** The bundle that a worker runs; it names its parts by digests of their contents. */
const workerPath = () => fileURLToPath(new URL("program-worker.js", import.meta.url));

/** Tells one compiler from another: a change of the command line or of the PC is no reason to build programs again. */
function compilerStamp(): string {
  const { size, mtimeMs } = statSync(fileURLToPath(import.meta.resolve("assemblyscript/asc")));
  return createHash("sha1").update(readFileSync(workerPath())).update(`${size}:${mtimeMs}`).digest("base64");
}

async function buildAll(names: readonly string[], task: WorkerTask): Promise<string[]> {
  const queue = [...names];
  const problems: string[] = [];
  const take = async (build: (name: string) => Promise<WorkerAnswer>) => {
    for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
      const problem = await build(name);
      if (problem !== undefined) problems.push(problem);
    }
  };
  const count = Math.min(MAX_WORKERS, availableParallelism(), Math.ceil(names.length / PROGRAMS_A_WORKER));
  if (count < 2) {
    await take((name) => buildOne(task, name));
    return problems;
  }
  await Promise.all(
    Array.from({ length: count }, async () => {
      const worker = new Worker(workerPath(), { workerData: task });
      try {
        await take((name) => ask(worker, name));
      } finally {
        await worker.terminate();
      }
    }),
  );
  return problems;
}

function ask(worker: Worker, name: string): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    worker.once("message", (answer: { problem?: string }) => {
      worker.off("error", reject);
      resolve(answer.problem);
    });
    worker.once("error", reject);
    worker.postMessage(name);
  });
}

/** A program whose source is gone must not stay on the image. */
function removeOthers(output: string, names: readonly string[]): void {
  let present: string[] = [];
  try {
    present = readdirSync(output);
  } catch {
    return; // nothing was ever built
  }
  for (const name of present) if (!names.includes(name)) rmSync(`${output}/${name}`, { recursive: true });
}
