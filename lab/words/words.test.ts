import { afterEach, expect, test } from "vitest";
import { language } from "../state/settings.ts";
import { parts, word } from "./words.ts";

afterEach(() => {
  language.value = "en";
});

test("both languages name the same values in every message", () => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort();
  for (const [key, [english, chinese]] of parts.flatMap((words) => Object.entries(words))) {
    expect(names(chinese), key).toEqual(names(english));
    expect(chinese.trim(), key).not.toBe("");
  }
});

test("no two rooms mean different things by one key", () => {
  const keys = parts.flatMap((words) => Object.keys(words));
  expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
});

test("a message follows the language, with its values in place", () => {
  language.value = "en";
  expect(word("loading", { percent: 40 })).toBe("Loading 40%");
  language.value = "zh";
  expect(word("loading", { percent: 40 })).toBe("加载中 40%");
});
