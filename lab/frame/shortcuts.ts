// The page's keyboard shortcuts, for when the keys do not go to the guest: one table, which the keys and the sheet under `?` both read.

import type { Session } from "../state/session.ts";
import type { WordKey } from "../words/words.ts";

export interface Shortcut {
  /** As shown: keys by their names, joined by "+". */
  keys: string;
  title: WordKey;
  /** Of a key event; undefined: it is handled where it is pressed and stands here to be read about. */
  matches?: (event: KeyboardEvent) => boolean;
  act?: (session: Session) => void;
}

const plain = (event: KeyboardEvent) => !event.ctrlKey && !event.altKey && !event.metaKey;

/** A shortcut of one key without modifiers, or with Shift where the key's name says so. */
const key = (name: string) => (event: KeyboardEvent) => event.key === name && plain(event);

const shortcuts: Shortcut[] = [
  { keys: "F8", title: "shortcutRun", matches: key("F8"), act: (session) => session.toggle() },
  { keys: "F11", title: "stepHint", matches: key("F11"), act: (session) => session.client.tell("step", 1) },
  {
    keys: "S",
    title: "shortcutScreen",
    matches: key("s"),
    act: () => document.querySelector<HTMLElement>("[data-screen-keys]")?.focus(),
  },
  { keys: "Esc Esc", title: "shortcutLeave" },
  { keys: "Ctrl+C", title: "shortcutCopy" },
  { keys: "Ctrl+V", title: "shortcutPaste" },
];

/** All shortcuts, in the order in which they are shown. */
export function allShortcuts(): readonly Shortcut[] {
  return shortcuts;
}

/** A room's own shortcuts, added when the room comes. */
export function addShortcuts(...more: Shortcut[]): void {
  shortcuts.push(...more);
}

/** Where letters are text, they are no shortcuts. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function handleShortcut(event: KeyboardEvent, session: Session): void {
  if (event.defaultPrevented) return;
  // Function keys and chords count everywhere but in the guest; letters only where nothing is typed.
  const isLetter = event.key.length === 1 && plain(event);
  if (isLetter && isTyping(event.target)) return;
  const shortcut = shortcuts.find(({ matches }) => matches?.(event));
  if (!shortcut?.act) return;
  event.preventDefault();
  shortcut.act(session);
}
