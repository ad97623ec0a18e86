// Waits until one of the files that a build read has other contents. Editors save in many ways (write in place, write beside and
// rename), so the folders are watched, and what changed is decided by contents.

import { type FSWatcher, watch } from "node:fs";
import { dirname } from "node:path";
import { diskTree } from "./disk-tree.ts";
import { changedInputs, type Inputs } from "./record.ts";

/** Editors write a file in several steps, and a person may save several files at once. */
const QUIET_MS = 40;
/** Where folders cannot be watched, and for changes that come while none is: the files are looked at this often. */
const LOOK_MS = 1000;

export class SourceWatcher {
  private closed = false;
  private wake?: () => void;

  /** @returns the time (performance.now) of the save that changed an input, or undefined when closed */
  async changed(inputs: Inputs): Promise<number | undefined> {
    const tree = diskTree(".");
    let eventMs: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const watchers = foldersOf(inputs).flatMap((folder) => {
      const watcher = tryWatch(folder, () => {
        eventMs ??= performance.now();
        clearTimeout(timer);
        timer = setTimeout(() => this.wake?.(), QUIET_MS);
      });
      return watcher ? [watcher] : [];
    });
    const look = setInterval(() => this.wake?.(), LOOK_MS);
    try {
      // What was saved while the last build ran is new at once.
      while (!this.closed) {
        if (changedInputs(tree, inputs).length > 0) return eventMs ?? performance.now();
        eventMs = undefined;
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
      return undefined;
    } finally {
      clearTimeout(timer);
      clearInterval(look);
      for (const watcher of watchers) watcher.close();
    }
  }

  close(): void {
    this.closed = true;
    this.wake?.();
  }
}

function foldersOf(inputs: Inputs): string[] {
  return [...new Set(Object.keys(inputs).map((path) => (path.endsWith("/") ? path : dirname(path))))];
}

function tryWatch(folder: string, onEvent: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, onEvent);
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
