// Feeds a person's keys to the guest as fast as the guest takes them: its keyboard holds 16 bytes, a paste has more.
// (--type goes another way: the machine's own typist waits for the guest to be ready, in guest time.)

import type { GuestKeyboard } from "../guest.ts";
import { type Chord, modifiersOf } from "./us-layout.ts";

export class KeyFeeder {
  private readonly queue: Chord[] = [];
  private held: string[] = [];

  /** @param keyboard the guest's */
  constructor(private readonly keyboard: GuestKeyboard) {}

  /** Everything pushed has been pressed, released and taken by the guest. */
  get done(): boolean {
    return this.queue.length === 0 && this.held.length === 0 && this.keyboard.idle;
  }

  push(...chords: Chord[]): void {
    this.queue.push(...chords);
  }

  /**
   * Presses or releases the next keys if the guest has taken the ones before; call it once per time slice, so that
   * a guest that polls the keyboard sees a key held for a moment.
   */
  pump(): void {
    if (!this.keyboard.idle) return;
    if (this.held.length > 0) {
      for (const code of this.held.toReversed()) this.keyboard.release(code);
      this.held = [];
      return;
    }
    const chord = this.queue.shift();
    if (!chord) return;
    this.held = [...modifiersOf(chord), chord.code];
    for (const code of this.held) this.keyboard.press(code);
  }
}
