// --gc-sections: what can be reached from the entry, from names the person wants and from what the script keeps stays; the rest of
// what would be loaded goes.

import * as elf from "../../formats/elf32.ts";
import type { ObjectSymbol } from "../../formats/elf32-object.ts";
import type { InputSection, LinkInput, Resolution } from "./resolve.ts";

/** Sections that a start-up code finds by the script's symbols around them. */
const START_UP = new Set([elf.SHT_INIT_ARRAY, elf.SHT_FINI_ARRAY, elf.SHT_PREINIT_ARRAY, elf.SHT_NOTE]);

/** @returns the sections that were thrown away */
export function collectGarbage(resolution: Resolution, roots: Iterable<string>): InputSection[] {
  const marker = new Marker(resolution);
  for (const name of roots) marker.markName(name);
  for (const input of resolution.sections) if (input.keep || START_UP.has(input.section.type)) marker.mark(input);
  marker.run();
  const removed: InputSection[] = [];
  for (const input of resolution.sections) {
    if (input.discarded || marker.live.has(input)) continue;
    const isLoaded = (input.section.flags & elf.SHF_ALLOC) !== 0;
    // Unwinding and debug information stays as long as something of its object does.
    const isAbout = !isLoaded || input.section.name === ".eh_frame";
    if (isAbout && (marker.liveInputs.has(input.input) || !isLoaded)) continue;
    input.discarded = true;
    input.output = undefined;
    removed.push(input);
  }
  return removed;
}

class Marker {
  readonly live = new Set<InputSection>();
  readonly liveInputs = new Set<LinkInput>();
  private readonly queue: InputSection[] = [];

  constructor(private readonly resolution: Resolution) {}

  run(): void {
    for (let input = this.queue.pop(); input; input = this.queue.pop())
      for (const { symbol } of input.section.relocations) this.markSymbol(symbol);
  }

  mark(input: InputSection): void {
    if (input.discarded || this.live.has(input)) return;
    this.live.add(input);
    if ((input.section.flags & elf.SHF_ALLOC) !== 0 && input.section.name !== ".eh_frame") {
      this.liveInputs.add(input.input);
      this.queue.push(input);
    }
    if (input.section.group === undefined) return;
    for (const other of this.resolution.sections)
      if (other.input === input.input && other.section.group === input.section.group) this.mark(other);
  }

  markName(name: string): void {
    const definition = this.resolution.globals.get(name)?.definition?.symbol;
    if (definition) this.markDefinition(definition);
    // Whoever asks for the ends of a section wants what lies between them.
    const around = /^__(?:start|stop)_(.+)$/.exec(name)?.[1];
    if (around === undefined) return;
    for (const input of this.resolution.sections) if (input.section.name === around) this.mark(input);
  }

  private markSymbol(symbol: ObjectSymbol): void {
    if (symbol.binding === elf.STB_LOCAL) this.markDefinition(symbol);
    else this.markName(symbol.name);
  }

  private markDefinition({ section }: ObjectSymbol): void {
    const input = typeof section === "string" ? undefined : this.resolution.inputSection(section);
    if (input) this.mark(input);
  }
}
