// Looking at the machine: a view asks when it appears, when the machine stops, and four times a second while it runs.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Session } from "../state/session.ts";

const PERIOD_MS = 250;

/**
 * What `ask` found last; undefined before the first answer.
 * @param keys asked anew at once when one of them changes
 */
export function useLook<T>(session: Session, ask: () => Promise<T>, keys: readonly unknown[] = []): T | undefined {
  const seen = useSignal<T | undefined>(undefined);
  const { state, instructions } = session.status.value;
  const isRunning = state === "running";
  useEffect(() => {
    let gone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = async () => {
      try {
        const found = await ask();
        if (!gone) seen.value = found;
      } catch {
        // No machine, or one that is being made: the next look may find one.
      }
      if (!gone && isRunning) timer = setTimeout(look, PERIOD_MS);
    };
    void look();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [session, isRunning, isRunning ? 0 : instructions, ...keys]);
  return seen.value;
}

export function hex(value: number, digits = 8): string {
  return (value >>> 0).toString(16).padStart(digits, "0");
}
