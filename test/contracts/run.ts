// Breaks contracts one at a time and runs the unit tests that notice: of each test file it is known which contracts held somebody up in
// it, and where none did, nothing is changed by breaking one.

import { type ChildProcess, fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MEMORY_BYTES } from "../../kernel/testing.ts";
import { ROOT } from "../support.ts";
import { addSwitches, type Contract, SWITCH_FILE, switchSource } from "./find.ts";

const BUILD = join(ROOT, "build/contracts");
const SOURCES = join(BUILD, "sources.json");
const WORKERS = 2;
/** A test file that takes so much longer than it did hangs, for the broken contract. */
const HANG_FACTOR = 10;
const HANG_MS = 30_000;

interface TestFile {
  file: string;
  /** Numbers of the contracts that it comes to. */
  asked: number[];
  milliseconds: number;
}

interface Request {
  file: string;
  broken: number;
  askedFile: string;
  sources: string;
}

interface Answer {
  passed: boolean;
  milliseconds: number;
  errors: string[];
}

/** The files whose contracts count, from the repository's root. */
export function contractFiles(): string[] {
  return ["kernel", "user/library"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => path.endsWith(".ts") && !/\.test\.ts$|\/testing|\.external\.ts$/.test(path))
    .sort();
}

function testFiles(): string[] {
  return ["kernel", "user"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
    )
    .filter((path) => path.endsWith(".test.ts"))
    .sort();
}

/** All contracts, and the sources with their switches. */
export function findContracts(): { contracts: Contract[]; sources: Record<string, string> } {
  const contracts: Contract[] = [];
  const sources: Record<string, string> = { [SWITCH_FILE]: switchSource(MEMORY_BYTES) };
  for (const file of contractFiles()) {
    const result = addSwitches(file, readFileSync(join(ROOT, file), "utf8"), contracts.length);
    contracts.push(...result.contracts);
    sources[file] = result.text;
  }
  return { contracts, sources };
}

/** Breaks the contracts in files whose path has one of `parts` in it (all, if there are none); true if each breaks a test. */
export async function breakContracts(parts: readonly string[]): Promise<boolean> {
  const { contracts, sources } = findContracts();
  mkdirSync(BUILD, { recursive: true });
  writeFileSync(SOURCES, JSON.stringify(sources));
  const workers = Array.from({ length: WORKERS }, () => new Worker());
  try {
    const tests = await mapWith(workers, testFiles(), lookAt);
    const wanted = contracts
      .map((contract, number) => ({ contract, number }))
      .filter(({ contract }) => parts.length === 0 || parts.some((part) => contract.file.includes(part)));
    console.log(`${wanted.length} of ${contracts.length} contracts, ${tests.length} test files`);
    const whole: string[] = [];
    await mapWith(workers, wanted, async (worker, { contract, number }) => {
      const killer = await killerOf(worker, tests, number);
      const where = `${contract.file}:${contract.line}: ${contract.kind}: ${contract.text}`;
      if (killer === undefined) whole.push(where);
      if (process.env["MINIOS_CONTRACTS_VERBOSE"])
        console.log(`${killer ? "broken" : "whole"}   ${where} ${killer ?? ""}`);
    });
    for (const where of whole.sort()) console.log(`no test  ${where}`);
    console.log(
      `${wanted.length - whole.length} of ${wanted.length} contracts have a test that fails when they are broken`,
    );
    return whole.length === 0;
  } finally {
    for (const worker of workers) worker.end();
  }
}

/** Which contracts a test file comes to; remembered as long as the file and the sources are the same. */
async function lookAt(worker: Worker, file: string): Promise<TestFile> {
  const hash = createHash("sha1")
    .update(readFileSync(SOURCES))
    .update(file)
    .update(readFileSync(join(ROOT, file)))
    .digest("hex");
  const askedFile = join(BUILD, `${hash}.asked`);
  const timeFile = join(BUILD, `${hash}.time`);
  if (!existsSync(timeFile)) {
    const { passed, milliseconds, errors } = await worker.run(
      { file, broken: -1, askedFile, sources: SOURCES },
      Number.POSITIVE_INFINITY,
    );
    if (!passed) throw new Error(`${file} fails with no contract broken: ${errors.join("\n")}`);
    writeFileSync(timeFile, `${milliseconds}`);
  }
  const asked: number[] = existsSync(askedFile) ? JSON.parse(readFileSync(askedFile, "utf8")) : [];
  return { file, asked, milliseconds: Number(readFileSync(timeFile, "utf8")) };
}

/** The test file that fails when that contract is broken, the fastest first; undefined if none does. */
async function killerOf(worker: Worker, tests: TestFile[], number: number): Promise<string | undefined> {
  const candidates = tests
    .filter(({ asked }) => asked.includes(number))
    .sort((a, b) => a.milliseconds - b.milliseconds);
  for (const { file, milliseconds } of candidates) {
    const answer = await worker.run(
      { file, broken: number, askedFile: "", sources: SOURCES },
      HANG_MS + milliseconds * HANG_FACTOR,
    );
    if (!answer.passed) return file;
  }
  return undefined;
}

/** A process of worker.mjs; a new one after each that hung. */
class Worker {
  private child: Promise<ChildProcess> | undefined;

  async run(request: Request, limitMs: number): Promise<Answer> {
    this.child ??= this.start();
    const child = await this.child;
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const finish = (answer: Answer) => {
        clearTimeout(timer);
        child.removeAllListeners();
        resolve(answer);
      };
      const fail = (error: string) => {
        this.child = undefined;
        child.kill("SIGKILL");
        finish({ passed: false, milliseconds: 0, errors: [error] });
      };
      if (limitMs < Number.POSITIVE_INFINITY) timer = setTimeout(() => fail("it hangs"), limitMs);
      child.once("message", (answer) => finish(answer as Answer));
      child.once("exit", (code) => fail(`the process ended with status ${code}`));
      child.send(request);
    });
  }

  end(): void {
    this.child?.then((child) => child.kill("SIGKILL"));
  }

  private start(): Promise<ChildProcess> {
    const child = fork(join(ROOT, "test/contracts/worker.mjs"), {
      cwd: ROOT,
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    return new Promise((resolve, reject) => {
      child.once("message", () => {
        child.removeAllListeners();
        resolve(child);
      });
      child.once("exit", (code) => reject(new Error(`a worker ended with status ${code}`)));
    });
  }
}

/** Gives the items to the workers as they become free; results in the items' order. */
async function mapWith<T, R>(
  workers: Worker[],
  items: readonly T[],
  action: (worker: Worker, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  await Promise.all(
    workers.map(async (worker) => {
      while (next < items.length) {
        const index = next++;
        results[index] = await action(worker, items[index]);
      }
    }),
  );
  return results;
}
