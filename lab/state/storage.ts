// What the browser keeps for the next visit. A browser that keeps nothing (private windows, embeds) is no error.

import { effect, type Signal, signal } from "@preact/signals";

const PREFIX = "minios.";

/**
 * A signal whose value is there again at the next visit; a kept value that `isValid` refuses is forgotten.
 * @param once in its place at this visit
 */
export function kept<T>(key: string, initial: T, isValid: (value: unknown) => value is T, once?: T): Signal<T> {
  const state = signal(once ?? read(key, isValid) ?? initial);
  let first = true;
  effect(() => {
    const { value } = state;
    if (!first) write(key, value);
    first = false;
  });
  return state;
}

function read<T>(key: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(PREFIX + key) ?? "null");
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function write(key: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(value));
  } catch {
    // Full or forbidden: this visit goes on without.
  }
}

/** For `kept`: one of these words. */
export function oneOf<T extends string>(...words: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => words.some((word) => word === value);
}
