// %if … %elif … %else … %endif: which lines count.

import { AssemblerError, type Position } from "../asm/error.ts";

interface Condition {
  /** waiting: no branch was true yet; done: a branch was; never: stands in lines that don't count. */
  state: "on" | "waiting" | "done" | "never";
  elseSeen: boolean;
  position: Position;
}

export class Conditions {
  private readonly stack: Condition[] = [];

  get depth(): number {
    return this.stack.length;
  }

  get active(): boolean {
    const top = this.stack.at(-1);
    return top === undefined || top.state === "on";
  }

  /** Whether a directive in lines that don't count still matters. */
  concerns(directive: string): boolean {
    return /^if|^elif|^else$|^endif$/.test(directive);
  }

  /** @param test called only when the answer matters */
  open(position: Position, test: () => boolean): void {
    const condition: Condition = { state: this.active ? "waiting" : "never", elseSeen: false, position };
    // Pushed first: if the test fails with an error, its branch is left out and %endif still finds its %if.
    this.stack.push(condition);
    if (condition.state === "waiting" && test()) condition.state = "on";
  }

  otherwiseIf(position: Position, test: () => boolean): void {
    const top = this.top(position, "%elif");
    if (top.elseSeen) throw new AssemblerError(position, "%elif after %else");
    if (top.state === "on") top.state = "done";
    else if (top.state === "waiting" && test()) top.state = "on";
  }

  otherwise(position: Position): void {
    const top = this.top(position, "%else");
    if (top.elseSeen) throw new AssemblerError(position, "second %else");
    top.elseSeen = true;
    if (top.state === "on") top.state = "done";
    else if (top.state === "waiting") top.state = "on";
  }

  close(position: Position): void {
    this.top(position, "%endif");
    this.stack.pop();
  }

  /** Drops the innermost down to `depth`; returns where they began. */
  truncate(depth: number): Position[] {
    return this.stack.splice(depth).map((condition) => condition.position);
  }

  private top(position: Position, what: string): Condition {
    const top = this.stack.at(-1);
    if (!top) throw new AssemblerError(position, `${what} without %if`);
    return top;
  }
}
