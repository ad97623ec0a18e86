// `.if` and its kin: which statements count.

import { AssemblerError, type Position } from "./error.ts";

interface Level {
  position: Position;
  /** Statements at this level count now. */
  active: boolean;
  /** A branch was already taken (or the whole `.if` is skipped): no other will be. */
  done: boolean;
  /** `.else` was seen. */
  last: boolean;
}

export class Conditions {
  private readonly levels: Level[] = [];

  /** How many levels are open. */
  get depth(): number {
    return this.levels.length;
  }

  /** Forgets the levels beyond: what `.exitm` leaves is never closed. */
  cut(depth: number): void {
    if (this.levels.length > depth) this.levels.length = depth;
  }

  get active(): boolean {
    return this.levels.at(-1)?.active ?? true;
  }

  /** Whether a directive matters even where statements are skipped. */
  concerns(directive: string): boolean {
    return /^\.(if[a-z]*|else|elseif|endif)$/.test(directive);
  }

  /** Opens a level; the condition is only asked where statements count. */
  open(position: Position, condition: () => boolean): void {
    const outer = this.active;
    const level: Level = { position, active: false, done: true, last: false };
    this.levels.push(level);
    if (!outer) return;
    level.active = condition();
    level.done = level.active;
  }

  elseIf(position: Position, condition: () => boolean): void {
    const level = this.innermost(position, ".elseif");
    level.active = false;
    if (level.done) return;
    level.active = condition();
    level.done = level.active;
  }

  else(position: Position): void {
    const level = this.innermost(position, ".else");
    level.last = true;
    level.active = !level.done;
    level.done = true;
  }

  close(position: Position): void {
    if (!this.levels.pop()) throw new AssemblerError(position, ".endif without .if");
  }

  expectClosed(): void {
    const level = this.levels.at(-1);
    if (level) throw new AssemblerError(level.position, ".if is not closed: no .endif follows");
  }

  private innermost(position: Position, what: string): Level {
    const level = this.levels.at(-1);
    if (!level) throw new AssemblerError(position, `${what} without .if`);
    if (level.last) throw new AssemblerError(position, `${what} after .else`);
    return level;
  }
}
