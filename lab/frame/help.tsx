// The sheet of keyboard shortcuts, under `?`.

import { signal, useSignalEffect } from "@preact/signals";
import { X } from "lucide-preact";
import { useRef } from "preact/hooks";
import { word } from "../words/words.ts";
import { addShortcuts, allShortcuts } from "./shortcuts.ts";

export const helpOpen = signal(false);

addShortcuts({
  keys: "?",
  title: "shortcuts",
  matches: (event) => event.key === "?",
  act: () => {
    helpOpen.value = !helpOpen.value;
  },
});

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useSignalEffect(() => {
    if (helpOpen.value) dialog.current?.showModal();
    else dialog.current?.close();
  });
  // Rooms that came meanwhile have added theirs.
  const shortcuts = helpOpen.value ? allShortcuts() : [];
  const close = () => {
    helpOpen.value = false;
  };
  return (
    <dialog ref={dialog} class="sheet" aria-labelledby="help-title" onClose={close}>
      <div class="sheet-head">
        <h2 id="help-title">{word("shortcuts")}</h2>
        <button type="button" class="button button-icon" aria-label={word("close")} onClick={close}>
          <X aria-hidden="true" />
        </button>
      </div>
      <table class="shortcuts">
        <tbody>
          {shortcuts.map(({ keys, title }) => (
            <tr key={keys}>
              <th scope="row">
                {keys.split(/[+ ]/).map((name, i) => (
                  <kbd key={`${keys}-${i.toString()}`}>{name}</kbd>
                ))}
              </th>
              <td>{word(title)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </dialog>
  );
}
