// The page's ends of the toolchain's and the language's workers: questions as promises. A worker is started at its first question.

import languageUrl from "../../dist/page/language-worker.js?url";
import toolchainUrl from "../../dist/page/toolchain-worker.js?url";
import type { LanguageAnswer, LanguageQuestion } from "../language/protocol.ts";
import type { BuildResult } from "../toolchain/builder.ts";
import type { Edits } from "../toolchain/files.ts";
import type { ToolchainReply } from "../toolchain/protocol.ts";

interface Pending<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/** A worker that breaks down fails every open question; the next question starts another. */
abstract class WorkerClient<T> {
  protected readonly pending = new Map<number, Pending<T>>();
  private worker: Worker | undefined;
  private nextId = 1;

  protected abstract make(): Worker;
  /** What the worker is told first. */
  protected abstract greeting(): unknown;
  protected abstract take(data: unknown): void;

  start(): Worker {
    if (this.worker) return this.worker;
    const worker = this.make();
    this.worker = worker;
    worker.onmessage = ({ data }) => this.take(data);
    worker.onerror = (event) => {
      event.preventDefault();
      worker.terminate();
      this.worker = undefined;
      const open = [...this.pending.values()];
      this.pending.clear();
      for (const { reject } of open) reject(new Error(event.message || "the worker could not be started"));
    };
    worker.postMessage(this.greeting());
    return worker;
  }

  protected post(question: (id: number) => unknown): { id: number; answer: Promise<T> } {
    const id = this.nextId++;
    const answer = new Promise<T>((resolve, reject) => this.pending.set(id, { resolve, reject }));
    this.start().postMessage(question(id));
    return { id, answer };
  }

  protected settle(id: number, value: T | Error): void {
    const pending = this.pending.get(id);
    this.pending.delete(id);
    if (value instanceof Error) pending?.reject(value);
    else pending?.resolve(value);
  }
}

export class ToolchainClient extends WorkerClient<BuildResult> {
  private readonly listeners = new Map<number, (stage: string) => void>();

  constructor(private readonly sourcesUrl: string) {
    super();
  }

  async build(folder: string, edits: Edits, progress: (stage: string) => void): Promise<BuildResult> {
    const { id, answer } = this.post((number) => ({ type: "build", id: number, folder, edits }));
    this.listeners.set(id, progress);
    return answer.finally(() => this.listeners.delete(id));
  }

  protected make(): Worker {
    return new Worker(toolchainUrl, { type: "module", name: "toolchain" });
  }

  protected greeting(): unknown {
    return { type: "open", sources: this.sourcesUrl };
  }

  protected take(data: ToolchainReply): void {
    switch (data.type) {
      case "ready":
        return;
      case "progress":
        this.listeners.get(data.id)?.(data.stage);
        return;
      case "built":
        this.settle(data.id, data.result);
        return;
      case "failed":
        this.settle(data.id, new Error(data.message));
    }
  }
}

export class LanguageClient extends WorkerClient<LanguageAnswer> {
  constructor(private readonly sourcesUrl: string) {
    super();
  }

  /** An answer with nothing in it when the service failed: the editor goes on without. */
  async ask(ask: LanguageQuestion["ask"], path: string, offset: number, edits: Edits): Promise<LanguageAnswer> {
    const { id, answer } = this.post((number) => ({ id: number, ask, path, offset, edits }));
    return answer.catch(() => ({ id }));
  }

  protected make(): Worker {
    return new Worker(languageUrl, { type: "module", name: "language" });
  }

  protected greeting(): unknown {
    return { open: this.sourcesUrl };
  }

  protected take(data: LanguageAnswer): void {
    this.settle(data.id, data.failure === undefined ? data : new Error(data.failure));
  }
}
