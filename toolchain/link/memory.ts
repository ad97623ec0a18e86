// Memory regions: how far each has been filled, which sections go there unasked, and what doesn't fit.

import * as elf from "../../formats/elf32.ts";
import type { OutputSection } from "./placement.ts";
import type { MemoryRegion, ScriptExpression } from "./script.ts";

export interface Region {
  name: string;
  attributes: string;
  origin: number;
  length: number;
  /** The next free address. */
  current: number;
  /** Virtual minus load address of the last section that went here; undefined before the first. */
  loadDistance: number | undefined;
}

/** All memory, for sections that name no region. */
const EVERYWHERE = "*default*";

export class Regions {
  private readonly byName = new Map<string, Region>();
  readonly everywhere: Region = region(EVERYWHERE, "", 0, 2 ** 32);

  constructor(declared: readonly MemoryRegion[], evaluate: (expression: ScriptExpression) => number) {
    for (const { name, attributes, origin, length } of declared) {
      const start = evaluate(origin);
      // A length of 4 GiB is 0 in 32 bits.
      this.byName.set(name, region(name, attributes, start, evaluate(length)));
    }
  }

  find(name: string): Region | undefined {
    return this.byName.get(name);
  }

  /** The region of a section that names none: the first whose attributes suit it. */
  suiting(flags: number): Region {
    for (const candidate of this.byName.values()) if (suits(candidate.attributes, flags)) return candidate;
    return this.everywhere;
  }

  /** "region ROM overflowed by 12 bytes" for each that is too small. */
  problems(): string[] {
    return [...this.byName.values()]
      .filter((candidate) => candidate.current > candidate.origin + candidate.length)
      .map(
        ({ name, origin, length, current }) =>
          `memory region '${name}' overflowed by ${current - origin - length} bytes`,
      );
  }

  /** What to say of a section that does not lie inside its region, or undefined. */
  static misfit(output: OutputSection, where: Region, address: number): string | undefined {
    if (output.size === 0 || where.name === EVERYWHERE) return undefined;
    if (address >= where.origin && address + output.size <= where.origin + where.length) return undefined;
    const range = `${elf.hex(where.origin)} to ${elf.hex(where.origin + where.length)}`;
    return `section ${output.name} (${elf.hex(address)} to ${elf.hex(address + output.size)}) does not fit into memory region '${where.name}' (${range})`;
  }
}

function region(name: string, attributes: string, origin: number, length: number): Region {
  return { name, attributes, origin, length, current: origin, loadDistance: undefined };
}

/** Any attribute that suits is enough; one after "!" that suits rules the region out. */
function suits(attributes: string, flags: number): boolean {
  if (attributes === "" || (flags & elf.SHF_ALLOC) === 0) return false;
  let inverted = false;
  let found = false;
  for (const letter of attributes) {
    if (letter === "!") {
      inverted = !inverted;
      continue;
    }
    const has =
      letter === "x"
        ? (flags & elf.SHF_EXECINSTR) !== 0
        : letter === "w"
          ? (flags & elf.SHF_WRITE) !== 0
          : letter === "r"
            ? (flags & elf.SHF_WRITE) === 0
            : true;
    if (has && inverted) return false;
    if (has) found = true;
  }
  return found;
}
