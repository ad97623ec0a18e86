// A view whose code comes when it is first shown, but not before the machine runs: what a person came for comes first.

import { useComputed, useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Session } from "../state/session.ts";
import type { View } from "./views.ts";

type Loaded = ComponentType<{ session: Session }>;

const loaded = new Map<string, Loaded>();

export function Later({ view, session }: { view: View; session: Session }) {
  const arrived = useSignal(loaded.has(view.id));
  const mayCome = useComputed(() => {
    const isBooting = session.progress.value !== undefined || session.plan.value === undefined;
    return !isBooting || session.status.value.state !== "empty" || session.failure.value !== undefined;
  }).value;
  useEffect(() => {
    let gone = false;
    arrived.value = loaded.has(view.id);
    if (mayCome && !arrived.value) {
      view.load().then((component) => {
        loaded.set(view.id, component);
        if (!gone) arrived.value = true;
      });
    }
    return () => {
      gone = true;
    };
  }, [view, mayCome]);
  const Component = arrived.value ? loaded.get(view.id) : undefined;
  return Component ? <Component session={session} /> : <div class="later" aria-busy="true" />;
}
