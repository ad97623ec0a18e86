// Sleeping on the host until a time has passed or something happened: a key, a signal, a byte on standard input.

export class Waker {
  private woken = false;
  private resolve?: () => void;

  /** Ends the sleep that is going on, or the next one at once. */
  wake(): void {
    this.woken = true;
    this.resolve?.();
  }

  /** Sleeps for `milliseconds`, which may be Infinity; at least the event loop gets its turn. */
  async sleep(milliseconds: number): Promise<void> {
    if (this.woken || milliseconds <= 0) {
      this.woken = false;
      await new Promise<void>((resolve) => setImmediate(resolve));
      return;
    }
    // A timer always runs: without one, Node would end the process when nothing else is open.
    const longest = Math.min(milliseconds, 60_000);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longest);
      this.resolve = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.resolve = undefined;
    this.woken = false;
  }
}
