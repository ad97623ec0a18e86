// `minios build --watch`: builds again whenever a file that the last build read has changed, and with --run boots what came of
// it. A build that fails is told, and what runs goes on running.

import { BuildError } from "../../toolchain/build/source-tree.ts";
import { UsageError } from "../errors.ts";
import type { Io } from "../io.ts";
import { RunControl } from "../run/control.ts";
import type { Builder, Failure, Result } from "./builder.ts";
import type { Boot } from "./command.ts";
import { SourceWatcher } from "./source-watcher.ts";

const SIGNALS: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 };
/** Ends of a run that end the watching, too: the person wants to go. */
const FINAL = new Set(["quit", "signal"]);

/** @returns the exit status, once the person quits */
export async function watch(io: Io, builder: Builder, boot: Boot | undefined, say: (line: string) => void) {
  const watching = new Watching(io, builder, boot, say);
  const onSignal = (name: string) => watching.leave(128 + SIGNALS[name]);
  for (const name of Object.keys(SIGNALS)) io.on(name, onSignal);
  try {
    return await watching.run();
  } finally {
    for (const name of Object.keys(SIGNALS)) io.off(name, onSignal);
  }
}

interface Running {
  control: RunControl;
  ended: Promise<void>;
}

class Watching {
  private running?: Running;
  private status?: number;
  private readonly watcher = new SourceWatcher();
  /** Messages that came while the guest had the terminal. */
  private held: string[] = [];

  constructor(
    private readonly io: Io,
    private readonly builder: Builder,
    private readonly boot: Boot | undefined,
    private readonly say: (line: string) => void,
  ) {}

  async run(): Promise<number> {
    try {
      let savedMs = performance.now();
      while (this.status === undefined) {
        await this.build(savedMs);
        if (this.status !== undefined) break;
        const changed = await this.watcher.changed(this.builder.inputs);
        if (changed === undefined) break;
        savedMs = changed;
      }
    } finally {
      this.watcher.close();
      await this.stopRun();
    }
    return this.status ?? 0;
  }

  leave(status: number): void {
    this.status ??= status;
    this.watcher.close();
  }

  private async build(savedMs: number): Promise<void> {
    const first = this.running === undefined;
    this.tell("");
    let result: Result | Failure;
    try {
      result = await this.builder.make(() => {});
      if (!("message" in result)) {
        // The old run writes the guest's changes to its floppy when it ends: the new image comes after that.
        await this.stopRun();
        this.builder.write(result);
      }
    } catch (error) {
      // While a person edits, the project file may be wrong for a moment as well.
      if (!(error instanceof UsageError) && !(error instanceof BuildError)) throw error;
      result = { message: error.message };
    }
    if ("message" in result) {
      this.tell(result.message, true);
      return;
    }
    if (this.boot && this.status === undefined) this.start(result.boots, this.boot);
    const seconds = ((performance.now() - savedMs) / 1000).toFixed(2);
    if (!this.boot) this.say(`built ${result.boots} in ${seconds} s; waiting for the next save`);
    else this.tell(`${first ? "built and booted" : "saved, built, rebooted"} in ${seconds} s`);
  }

  private start(image: string, boot: Boot): void {
    const control = new RunControl();
    const ended = boot(image, control).then(
      (status) => {
        // Stopped by us: the next one boots.
        if (this.running?.control !== control) return;
        this.release();
        if (control.end && FINAL.has(control.end)) this.leave(status);
        else this.say("the guest has ended; waiting for the next save");
      },
      (error: unknown) => {
        // What `run` refuses, an executable without a Multiboot header say, the next save may mend.
        this.tell(error instanceof Error ? `error: ${error.message}` : String(error), true);
      },
    );
    this.running = { control, ended };
  }

  private async stopRun(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    running?.control.stop();
    await running?.ended;
    // What was wrong before this build is of no interest any more.
    this.held = [];
  }

  /** Says a text now, or in the line below the guest's screen, and when that is gone. */
  private tell(text: string, keep = false): void {
    const control = this.running?.control;
    if (control) control.notice = text.split("\n")[0];
    if (control?.paints) {
      if (keep) this.held.push(text);
    } else if (keep) this.io.stderr.write(`${text}\n`);
    else if (text !== "") this.say(text);
  }

  private release(): void {
    const last = this.held.at(-1);
    if (last !== undefined) this.io.stderr.write(`${last}\n`);
    this.held = [];
  }
}
