import { afterEach, expect, test } from "vitest";
import { language } from "../state/settings.ts";
import { frameWords } from "./frame.ts";
import { type Words, word } from "./words.ts";

afterEach(() => {
  language.value = "en";
});

test("both languages name the same values in every message", () => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  const tables: Words[] = [frameWords];
  for (const [key, [english, chinese]] of tables.flatMap((words) => Object.entries(words))) {
    expect(names(chinese), key).toEqual(names(english));
    expect(chinese.trim(), key).not.toBe("");
  }
});

test("a message follows the language, with its values in place", () => {
  language.value = "en";
  expect(word("loading", { percent: 40 })).toBe("Loading 40%");
  language.value = "zh";
  expect(word("loading", { percent: 40 })).toBe("加载中 40%");
});
