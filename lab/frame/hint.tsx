// The first visit: three steps from watching to changing, which one dismisses for good.

import { X } from "lucide-preact";
import { isHintSeen } from "../state/layout.ts";
import { type WordKey, word } from "../words/words.ts";

const STEPS: readonly WordKey[] = ["hintType", "hintChange", "hintBreak"];

export function Hint() {
  if (isHintSeen.value) return null;
  const close = () => {
    isHintSeen.value = true;
  };
  return (
    <aside class="hint" aria-label={word("hintTitle")}>
      <p class="hint-title">{word("hintTitle")}</p>
      <ol class="hint-steps">
        {STEPS.map((step) => (
          <li key={step}>{word(step)}</li>
        ))}
      </ol>
      <button type="button" class="button button-icon" aria-label={word("close")} title={word("close")} onClick={close}>
        <X aria-hidden="true" />
      </button>
    </aside>
  );
}
