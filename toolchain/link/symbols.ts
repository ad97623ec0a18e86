// The symbols of the output: each object's own, then what all share.

import * as elf from "../../formats/elf32.ts";
import type { ExecutableSection, ExecutableSymbol } from "../../formats/elf32-executable.ts";
import type { ObjectSymbol } from "../../formats/elf32-object.ts";
import type { OutputSection } from "./placement.ts";
import type { Resolution } from "./resolve.ts";

/** Which local symbols are left out: those of merged contents with compiler-made names, all with such names, or all. */
export type Discard = "merged" | "temporary" | "all" | "none";

export function outputSymbols(
  resolution: Resolution,
  sections: ReadonlyMap<OutputSection, ExecutableSection>,
  discard: Discard,
): ExecutableSymbol[] {
  const place = (symbol: ObjectSymbol): Pick<ExecutableSymbol, "section" | "value"> | undefined => {
    if (typeof symbol.section === "string")
      return symbol.section === "absolute" ? { section: "absolute", value: symbol.value } : undefined;
    const value = resolution.addressOf(symbol.section, symbol.value);
    const output = resolution.outputOf(symbol.section, symbol.value);
    const section = output && sections.get(output);
    return value === undefined || !section ? undefined : { section, value };
  };
  const symbols: ExecutableSymbol[] = [];
  for (const input of resolution.inputs) {
    const { object } = input;
    const locals: ExecutableSymbol[] = [];
    for (const symbol of object.symbols) {
      if (symbol.binding !== elf.STB_LOCAL || symbol.name === "" || symbol.type === elf.STT_SECTION) continue;
      if (isDiscarded(symbol, discard)) continue;
      const found = place(symbol);
      if (found) locals.push({ ...symbol, ...found });
    }
    // Local names of a file that doesn't say what it was made of stand behind its own name.
    if (locals.length > 0 && !locals.some(({ type }) => type === elf.STT_FILE)) symbols.push(fileSymbol(input));
    symbols.push(...locals);
  }
  for (const global of resolution.globals.values()) {
    const { script, definition } = global;
    if (script) {
      symbols.push({
        name: global.name,
        binding: script.hidden ? elf.STB_LOCAL : elf.STB_GLOBAL,
        type: definition?.symbol.type ?? elf.STT_NOTYPE,
        section: (script.output && sections.get(script.output)) ?? "absolute",
        value: script.address,
        size: 0,
        visibility: script.visibility,
      });
    } else if (definition) {
      const found = place(definition.symbol);
      const isOurs = definition.input.isSynthetic === true;
      const binding = isOurs
        ? elf.STB_LOCAL
        : definition.symbol.binding === elf.STB_WEAK
          ? elf.STB_WEAK
          : elf.STB_GLOBAL;
      if (found) symbols.push({ ...definition.symbol, ...found, binding });
    }
  }
  return symbols;
}

function fileSymbol({ name, member }: { name: string; member?: string }): ExecutableSymbol {
  const file = member ?? name.slice(name.lastIndexOf("/") + 1);
  return { name: file, binding: elf.STB_LOCAL, type: elf.STT_FILE, section: "absolute", value: 0, size: 0 };
}

function isDiscarded(symbol: ObjectSymbol, discard: Discard): boolean {
  if (symbol.type === elf.STT_FILE) return false;
  if (discard === "all") return true;
  if (discard === "none" || !symbol.name.startsWith(".L")) return false;
  if (discard === "temporary") return true;
  return typeof symbol.section !== "string" && (symbol.section.flags & elf.SHF_MERGE) !== 0;
}
