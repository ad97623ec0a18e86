// What every test that crosses rooms needs: where the built artefacts are, which programs this machine has, and a scratch directory.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export const ROOT = new URL("..", import.meta.url).pathname;

/** What `npm run build` leaves, by path from the root of the project. */
export const ARTEFACTS = {
  core: join(ROOT, "dist/core.wasm"),
  bios: join(ROOT, "dist/bios.bin"),
  loader: join(ROOT, "dist/loader.bin"),
  cli: join(ROOT, "bin/minios.js"),
  kernel: join(ROOT, "build/kernel.elf"),
  floppy: join(ROOT, "build/minios.img"),
  disk: join(ROOT, "build/minios-disk.img"),
} as const;

export type Artefact = keyof typeof ARTEFACTS;

/** The bytes of a built artefact; throws, naming the command that builds it, when it is not there. */
export function artefact(name: Artefact): Uint8Array {
  const path = ARTEFACTS[name];
  if (!existsSync(path)) throw new Error(`${path}: not built; \`npm run build\` makes it`);
  return new Uint8Array(readFileSync(path));
}

/** Is this program on the search path? */
export function isInstalled(program: string): boolean {
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .some((folder) => folder !== "" && existsSync(join(folder, program)));
}

/**
 * Why a test that needs these programs cannot run here, or undefined when it can. With MINIOS_REQUIRE_JUDGES set (as in CI), a
 * program that is missing is an error, so that a test can't be skipped by accident.
 */
export function missing(...programs: string[]): string | undefined {
  const absent = programs.filter((program) => !isInstalled(program));
  if (absent.length === 0) return undefined;
  const reason = `not installed: ${absent.join(", ")}`;
  if (process.env["MINIOS_REQUIRE_JUDGES"]) throw new Error(reason);
  return reason;
}

/** A directory of its own for one use; `remove` deletes it with all that is in it. */
export function scratchDirectory(purpose: string): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `minios-${purpose}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
