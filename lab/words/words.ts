// All that the page says, in one table: each message in English and Chinese. Rooms keep their part of it in a file of their own here.

import { computed } from "@preact/signals";
import { language } from "../state/settings.ts";
import { deviceWords } from "./devices.ts";
import { editorWords } from "./editor.ts";
import { frameWords } from "./frame.ts";
import { inspectWords } from "./inspect.ts";
import { timelineWords } from "./timeline.ts";

/** A message in both languages; `{name}` stands for a value. */
export type Words = Record<string, readonly [english: string, chinese: string]>;

/** The parts; no key may be in two of them. */
export const parts: readonly Words[] = [frameWords, editorWords, inspectWords, deviceWords, timelineWords];

const table = { ...frameWords, ...editorWords, ...inspectWords, ...deviceWords, ...timelineWords };

export type WordKey = keyof typeof table;

const column = computed(() => (language.value === "zh" ? 1 : 0));

/** The message in the person's language; whoever shows it shows it anew when the language changes. */
export function word(key: WordKey, values: Record<string, string | number> = {}): string {
  return table[key][column.value].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
