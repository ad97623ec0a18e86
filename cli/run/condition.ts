// --until: a regular expression that is looked for on the screen and in the serial output, only where they changed.

import type { Guest } from "../guest.ts";

/** How far back a match in the serial output may begin. */
const SERIAL_WINDOW = 64 * 1024;

export class Condition {
  private generation = -1;
  private readonly lengths: number[];

  constructor(
    private readonly pattern: RegExp,
    private readonly guest: Guest,
  ) {
    this.lengths = guest.serial.map(() => -1);
  }

  met(): boolean {
    return this.onScreen() || this.guest.serial.some((_, port) => this.onSerial(port));
  }

  private onScreen(): boolean {
    const { screen } = this.guest;
    if (screen.generation === this.generation) return false;
    this.generation = screen.generation;
    return this.pattern.test(screen.text().join("\n"));
  }

  private onSerial(port: number): boolean {
    const { output } = this.guest.serial[port];
    if (output.length === this.lengths[port]) return false;
    this.lengths[port] = output.length;
    // The window begins with a line, so that ^ means what it says.
    const from = Math.max(0, output.length - SERIAL_WINDOW);
    const lineStart = from === 0 ? 0 : output.indexOf("\n", from) + 1;
    return this.pattern.test(output.slice(lineStart));
  }
}
