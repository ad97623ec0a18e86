// Keys that browsers or touch keyboards do not have: modifiers that stay down for one key, function keys, arrows, Ctrl+Alt+Del.

import { useSignal } from "@preact/signals";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";

const MODIFIERS = [
  ["Ctrl", "ControlLeft"],
  ["Alt", "AltLeft"],
  ["Shift", "ShiftLeft"],
] as const;

const KEYS: readonly (readonly [string, string])[] = [
  ["Esc", "Escape"],
  ["Tab", "Tab"],
  ["↑", "ArrowUp"],
  ["↓", "ArrowDown"],
  ["←", "ArrowLeft"],
  ["→", "ArrowRight"],
  ["Ins", "Insert"],
  ["Del", "Delete"],
  ["Home", "Home"],
  ["End", "End"],
  ["PgUp", "PageUp"],
  ["PgDn", "PageDown"],
  ["PrtSc", "PrintScreen"],
  ...Array.from({ length: 12 }, (_, i) => [`F${i + 1}`, `F${i + 1}`] as const),
];

export function KeyBar({ session }: { session: Session }) {
  const held = useSignal<readonly string[]>([]);
  const press = (...codes: string[]) => {
    for (const code of codes) session.client.tell("key", code, true);
    for (const code of codes.reverse()) session.client.tell("key", code, false);
  };
  return (
    <div class="key-bar" role="toolbar" aria-label={word("keys")}>
      <button type="button" class="key key-wide" onClick={() => press("ControlLeft", "AltLeft", "Delete")}>
        Ctrl+Alt+Del
      </button>
      {MODIFIERS.map(([name, code]) => (
        <button
          key={code}
          type="button"
          class="key"
          aria-pressed={held.value.includes(code)}
          onClick={() => {
            held.value = held.value.includes(code) ? held.value.filter((each) => each !== code) : [...held.value, code];
          }}
        >
          {name}
        </button>
      ))}
      {KEYS.map(([name, code]) => (
        <button
          key={code}
          type="button"
          class="key"
          onClick={() => {
            press(...held.value, code);
            held.value = [];
          }}
        >
          {name}
        </button>
      ))}
    </div>
  );
}
