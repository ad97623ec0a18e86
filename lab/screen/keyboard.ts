// Keys of the browser become keys of the guest, by place and not by letter, as the cable of a keyboard would have it. Esc pressed twice
// gives the keyboard back to the page. Knows events by what it needs of them only, so tests need no browser.

/** Where the keys go. */
export interface KeySink {
  key(code: string, down: boolean): void;
  leave(): void;
}

/** What is read of a `KeyboardEvent`. */
export interface KeyEvent {
  readonly code: string;
  readonly key: string;
  readonly repeat: boolean;
  readonly isComposing?: boolean;
  readonly timeStamp: number;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly metaKey: boolean;
  preventDefault(): void;
}

/** Two Esc within this long are one wish to leave. */
const TWICE_MS = 400;

export class KeyboardForwarder {
  private readonly held = new Set<string>();
  private lastEscapeMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly sink: KeySink) {}

  down(event: KeyEvent): void {
    // A touch keyboard's letters have no place: they come as text.
    if (event.isComposing || event.code === "" || event.key === "Unidentified") return;
    if (isPaste(event)) return;
    event.preventDefault();
    if (event.code === "Escape" && !event.repeat) {
      const twice = event.timeStamp - this.lastEscapeMs < TWICE_MS;
      this.lastEscapeMs = twice ? Number.NEGATIVE_INFINITY : event.timeStamp;
      if (twice) {
        this.sink.leave();
        return;
      }
    } else if (!event.repeat) this.lastEscapeMs = Number.NEGATIVE_INFINITY;
    // The guest's keyboard repeats by itself, in the guest's time.
    if (event.repeat || this.held.has(event.code)) return;
    this.held.add(event.code);
    this.sink.key(event.code, true);
  }

  up(event: KeyEvent): void {
    // While Meta is down, macOS does not tell of other keys that go up.
    if (event.code.startsWith("Meta")) this.releaseAll();
    if (!this.held.delete(event.code)) return;
    event.preventDefault();
    this.sink.key(event.code, false);
  }

  /** The keyboard goes elsewhere: nothing stays down in the guest. */
  releaseAll(): void {
    for (const code of this.held) this.sink.key(code, false);
    this.held.clear();
  }
}

/** Ctrl+V, Cmd+V, Shift+Insert: the browser's paste, which types. */
export function isPaste({ code, ctrlKey, metaKey, shiftKey }: KeyEvent): boolean {
  return (code === "KeyV" && (ctrlKey || metaKey)) || (code === "Insert" && shiftKey);
}

/** Ctrl+C, Cmd+C, Ctrl+Insert; what is meant depends on whether something is selected. */
export function isCopy({ code, ctrlKey, metaKey }: KeyEvent): boolean {
  return (code === "KeyC" || code === "Insert") && (ctrlKey || metaKey);
}
