// What a person chooses for the page as a whole, kept for the next visit.

import { computed, signal } from "@preact/signals";
import { parseAddress } from "./address.ts";
import { kept, oneOf } from "./storage.ts";

export type Language = "en" | "zh";
export type Theme = "system" | "light" | "dark";
export type Scale = "fit" | "integer";

function browserLanguage(): Language {
  return typeof navigator !== "undefined" && navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

/** What this visit's address says. */
export const address = parseAddress(typeof location === "undefined" ? "" : location.search);

export const language = kept<Language>("language", browserLanguage(), oneOf("en", "zh"), address.language);
export const theme = kept<Theme>("theme", "system", oneOf("system", "light", "dark"), address.theme);
/** The PC's speaker is heard. */
export const isSoundOn = kept("sound", true, (value) => typeof value === "boolean");
export const scale = kept<Scale>("scale", "fit", oneOf("fit", "integer"));

const systemDark = signal(false);
if (typeof matchMedia === "function") {
  const query = matchMedia("(prefers-color-scheme: dark)");
  systemDark.value = query.matches;
  query.addEventListener("change", () => {
    systemDark.value = query.matches;
  });
}

/** The theme as it is drawn. */
export const isDark = computed(() => (theme.value === "system" ? systemDark.value : theme.value === "dark"));
