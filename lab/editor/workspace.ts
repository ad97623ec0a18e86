// What the person works on: the tree, their edits, the files that are open, what the build says. Signals, which the view shows; the
// workers that build and that know TypeScript are started here, each when it is first needed.

import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals";
import type { Hover, TextChange } from "../language/service.ts";
import { originalText, textNow, withOriginal, without, withText } from "../project/edits.ts";
import { loadEdits, saveEdits } from "../project/storage.ts";
import type { BuildResult } from "../toolchain/builder.ts";
import { BUILT_FOLDER, type Edits, type Files, pathsOf } from "../toolchain/files.ts";
import { unpackShipped } from "../toolchain/pack.ts";
import type { Problem } from "../toolchain/problems.ts";
import { projectFolders } from "../toolchain/projects.ts";
import { LanguageClient, ToolchainClient } from "./workers.ts";

export const MAIN_PROJECT = "kernel";
const SAVE_DELAY_MS = 400;

/** Where the cursor shall go. Line and column count from 1; a new object each time, so that going there twice is seen. */
export interface Target {
  path: string;
  line: number;
  column: number;
}

export type BuildState =
  | { kind: "none" }
  | { kind: "building"; stage: string }
  | { kind: "built"; milliseconds: number }
  | { kind: "failed"; count: number }
  /** The toolchain itself failed. */
  | { kind: "broken"; message: string };

export class Workspace {
  readonly files: Signal<Files | undefined> = signal(undefined);
  readonly edits: Signal<Edits> = signal(new Map());
  /** The project that is built: a folder. */
  readonly project: Signal<string> = signal(MAIN_PROJECT);
  readonly tabs: Signal<readonly string[]> = signal([]);
  readonly active: Signal<string | undefined> = signal(undefined);
  readonly target: Signal<Target | undefined> = signal(undefined);
  readonly problems: Signal<readonly Problem[]> = signal([]);
  readonly build: Signal<BuildState> = signal({ kind: "none" });
  /** Why the tree is not there. */
  readonly failure: Signal<string | undefined> = signal(undefined);
  /** False: this browser does not keep the edits for the next visit. */
  readonly isKept: Signal<boolean> = signal(true);
  /** Every path that there is, without what is ready made. */
  readonly paths: ReadonlySignal<readonly string[]> = computed(() =>
    this.files.value
      ? pathsOf(this.files.value, this.edits.value).filter((path) => !path.startsWith(BUILT_FOLDER))
      : [],
  );
  readonly projects: ReadonlySignal<readonly string[]> = computed(() =>
    projectFolders(this.paths.value).filter((folder) => !folder.startsWith("templates/")),
  );

  private readonly toolchain: ToolchainClient;
  private readonly language: LanguageClient;
  private saving: ReturnType<typeof setTimeout> | undefined;

  /** @param sourcesUrl the zip of the shipped tree */
  constructor(private readonly sourcesUrl: string) {
    this.toolchain = new ToolchainClient(sourcesUrl);
    this.language = new LanguageClient(sourcesUrl);
  }

  /** Fetches the tree and what the browser kept; `shared` edits (from a link) come in place of the kept ones. */
  async open(shared?: { folder: string; file?: string; edits: Edits }): Promise<void> {
    try {
      const [response, kept] = await Promise.all([fetch(this.sourcesUrl), shared ? shared.edits : loadEdits()]);
      if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
      this.files.value = unpackShipped(new Uint8Array(await response.arrayBuffer())).files;
      this.edits.value = kept;
      if (shared && this.projects.value.includes(shared.folder)) this.project.value = shared.folder;
      this.show(shared?.file ?? mainFile(this.project.value, this.paths.value));
    } catch (error) {
      this.failure.value = error instanceof Error ? error.message : String(error);
    }
  }

  /** Loads the compiler ahead of the first build. */
  warm(): void {
    this.toolchain.start();
  }

  textOf(path: string): string | undefined {
    return this.files.value && textNow(this.files.value, this.edits.value, path);
  }

  originalOf(path: string): string | undefined {
    return this.files.value && originalText(this.files.value, path);
  }

  setText(path: string, text: string): void {
    if (this.files.value) this.change(withText(this.files.value, this.edits.value, path, text));
  }

  /** The file is as shipped again. */
  revert(path: string): void {
    this.change(withOriginal(this.edits.value, path));
    if (this.textOf(path) === undefined) this.close(path);
  }

  /** Everything is as shipped again. */
  revertAll(): void {
    this.change(new Map());
    for (const path of this.tabs.value) if (this.textOf(path) === undefined) this.close(path);
  }

  remove(path: string): void {
    if (this.files.value) this.change(without(this.files.value, this.edits.value, path));
    this.close(path);
  }

  /** Takes over all these edits besides one's own. */
  merge(edits: Edits): void {
    this.change(new Map([...this.edits.value, ...edits]));
  }

  show(path: string | undefined, line?: number, column = 1): void {
    if (path === undefined || this.textOf(path) === undefined) return;
    if (!this.tabs.value.includes(path)) this.tabs.value = [...this.tabs.value, path];
    this.active.value = path;
    if (line !== undefined) this.target.value = { path, line, column };
  }

  close(path: string): void {
    const at = this.tabs.value.indexOf(path);
    if (at < 0) return;
    const tabs = this.tabs.value.filter((tab) => tab !== path);
    this.tabs.value = tabs;
    if (this.active.value === path) this.active.value = tabs[Math.min(at, tabs.length - 1)];
  }

  choose(folder: string): void {
    this.project.value = folder;
    this.problems.value = [];
    this.build.value = { kind: "none" };
    this.show(mainFile(folder, this.paths.value));
  }

  /** Builds the project as it is now. Undefined when there was nothing to show for it: the problems say why. */
  async run(): Promise<Extract<BuildResult, { built: true }> | undefined> {
    this.build.value = { kind: "building", stage: "" };
    try {
      const result = await this.toolchain.build(this.project.value, this.edits.value, (stage) => {
        this.build.value = { kind: "building", stage };
      });
      this.problems.value = result.built ? [] : result.problems;
      if (result.built) {
        this.build.value = { kind: "built", milliseconds: result.milliseconds };
        return result;
      }
      this.build.value = { kind: "failed", count: result.problems.length };
      const first = result.problems.find(({ file }) => file !== undefined);
      if (first) this.show(first.file, first.line ?? 1, first.column ?? 1);
    } catch (error) {
      this.build.value = { kind: "broken", message: error instanceof Error ? error.message : String(error) };
    }
    return undefined;
  }

  async goToDefinition(path: string, offset: number): Promise<void> {
    const { definitions } = await this.language.ask("definitions", path, offset, this.edits.value);
    const place = definitions?.find((one) => this.textOf(one.path) !== undefined);
    if (place) this.show(place.path, place.line, place.column);
  }

  async hover(path: string, offset: number): Promise<Hover | undefined> {
    return (await this.language.ask("hover", path, offset, this.edits.value)).hover;
  }

  async format(path: string): Promise<TextChange[]> {
    return (await this.language.ask("format", path, 0, this.edits.value)).changes ?? [];
  }

  private change(edits: Edits): void {
    this.edits.value = edits;
    clearTimeout(this.saving);
    this.saving = setTimeout(async () => {
      this.isKept.value = await saveEdits(this.edits.value);
    }, SAVE_DELAY_MS);
  }
}

/** The file that a project is opened with: where its execution starts, or what says what it is. */
export function mainFile(folder: string, paths: readonly string[]): string | undefined {
  const names =
    folder === MAIN_PROJECT
      ? ["thread/scheduler.ts", "main.ts"]
      : ["main.ts", "kernel.ts", "kernel.s", "boot.s", "hello.s"];
  const found = names.map((name) => `${folder}/${name}`).find((path) => paths.includes(path));
  return found ?? paths.find((path) => path.startsWith(`${folder}/`) && /\.(ts|s|asm)$/.test(path));
}
