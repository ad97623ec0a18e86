// When the guest has halted with a panic on its screen: what it says, and the way to the line.

import { useSignal } from "@preact/signals";
import { OctagonX } from "lucide-preact";
import { useEffect } from "preact/hooks";
import { cellsOf, linesOf } from "../../pc/still.ts";
import { type Panic, panicOf } from "../debug/panic.ts";
import type { Session } from "../state/session.ts";
import { word } from "../words/words.ts";
import type { Workspace } from "./workspace.ts";

const LOOK_MS = 250;

export function PanicNote({ session, workspace }: { session: Session; workspace: Workspace }) {
  const found = useSignal<Panic | undefined>(undefined);
  const isHalted = session.status.value.state === "halted";
  useEffect(() => {
    found.value = undefined;
    if (!isHalted) return;
    // The last picture comes a little after the news that the guest has halted.
    const look = () => {
      found.value = session.picture && panicOf(linesOf(cellsOf(session.picture)));
      if (found.value) clearInterval(timer);
    };
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [session, isHalted]);
  const panic = found.value;
  if (!panic) return null;
  const place = panic.places.find(({ path }) => workspace.textOf(path) !== undefined);
  return (
    <div class="panic-note" role="alert">
      <OctagonX aria-hidden="true" />
      <span>{word("panicSays", { message: panic.message })}</span>
      {place && (
        <button type="button" class="link" onClick={() => workspace.show(place.path, place.line)}>
          {word("openLine", { place: `${place.path}:${place.line}` })}
        </button>
      )}
    </div>
  );
}
