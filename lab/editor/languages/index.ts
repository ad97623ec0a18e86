// Which language a file is in: by its name, as the build tells them apart.

import { javascript } from "@codemirror/lang-javascript";
import { type LanguageSupport, StreamLanguage, type StreamParser } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { gnuAssembly, nasmAssembly } from "./assembly.ts";
import { grubMenu, linkerScript, settings } from "./scripts.ts";

/** @returns nothing for plain text */
export function languageOf(path: string): LanguageSupport | Extension | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1);
  if (/\.ts$/.test(name)) return javascript({ typescript: true });
  if (/\.json$/.test(name)) return javascript();
  const parser = streamParserOf(name);
  return parser && StreamLanguage.define(parser);
}

/** The stream parser for a file's name; each parser keeps a state of its own kind. */
export function streamParserOf(name: string): StreamParser<unknown> | undefined {
  const parser = parserFor(name);
  return parser as StreamParser<unknown> | undefined;
}

function parserFor(name: string) {
  if (name === "grub.cfg" || name === "menu.lst") return grubMenu;
  if (/\.[sS]$|\.inc$/.test(name)) return gnuAssembly;
  if (/\.(asm|nasm)$/.test(name)) return nasmAssembly;
  if (/\.(ld|lds)$/.test(name)) return linkerScript;
  if (/\.(cfg|conf|bochsrc|vmx)$/.test(name) || /bochsrc/.test(name)) return settings;
  return undefined;
}
