// The assembler's symbol table: names, numbered local labels, and what is known of each.

import { STB_LOCAL, STT_NOTYPE, STV_DEFAULT } from "../../formats/elf32.ts";
import { AssemblerError, type Position, showPosition } from "./error.ts";
import type { Expression, Names } from "./expression.ts";
import type { Location, Section } from "./section.ts";

export type Definition =
  | { kind: "none" }
  | { kind: "label"; location: Location; position: Position }
  /** `isFirst`: nothing mentioned the name before. */
  | { kind: "equated"; value: Expression; position: Position; isFirst: boolean }
  | { kind: "common"; size: number; align: number; position: Position };

export interface AsmSymbol {
  /** Empty for `.` and numbered labels. */
  name: string;
  definition: Definition;
  /** STB_ constant as declared; undefined without a declaration. */
  binding: number | undefined;
  type: number;
  visibility: number;
  size: Expression | undefined;
  firstUse: Position | undefined;
  /** Where an equated symbol came out, set when the object is made. */
  final?: { section: string; value: number };
}

export class SymbolTable implements Names {
  private readonly byName = new Map<string, AsmSymbol>();
  /** What the object's symbol table may hold, in order. */
  private readonly placed = new Set<AsmSymbol | Section>();
  /** Operands are written as Intel writes them. */
  intel = false;
  /** For each number the labels so far; the last may be one that is referred to but not yet there. */
  private readonly numbered = new Map<number, { past: AsmSymbol | undefined; next: AsmSymbol | undefined }>();

  /** @param where where the next byte will stand; a number where addresses are numbers (`.struct`) */
  constructor(private readonly where: (position: Position) => Location | bigint) {}

  /** All named symbols, in the order in which the source first says them. */
  all(): Iterable<AsmSymbol> {
    return this.byName.values();
  }

  /**
   * The order of the object's symbols: that in which the source first says them, sections among them. GNU as gives temporary ones a
   * place only when it looks at them closely; those without a place here come last.
   */
  inOrder(): Iterable<AsmSymbol | Section> {
    return this.placed;
  }

  /** Gives a place in that order, if there is none yet. */
  place(mentioned: AsmSymbol | Section): void {
    this.placed.add(mentioned);
  }

  /** An AT&T operand begins with this name, which GNU as then looks at in case it stands for a register. */
  opensOperand(name: string): void {
    const symbol = this.byName.get(name);
    if (symbol) this.place(symbol);
  }

  find(name: string): AsmSymbol | undefined {
    return this.byName.get(name);
  }

  get(name: string): AsmSymbol {
    const known = this.byName.get(name);
    if (known) return known;
    const symbol = newSymbol(name);
    this.byName.set(name, symbol);
    if (!isTemporary(symbol)) this.place(symbol);
    return symbol;
  }

  reference(name: string, position: Position): AsmSymbol {
    const symbol = this.get(name);
    symbol.firstUse ??= position;
    if (this.intel) this.place(symbol);
    return symbol;
  }

  here(position: Position): AsmSymbol {
    const symbol = newSymbol("");
    symbol.definition = this.presentPlace(position);
    return symbol;
  }

  /** What a label that stands here is. */
  private presentPlace(position: Position): Definition {
    const place = this.where(position);
    if (typeof place !== "bigint") return { kind: "label", location: place, position };
    return { kind: "equated", value: { kind: "number", value: place }, position, isFirst: false };
  }

  /** A nameless label at a place. */
  labelAt(location: Location, position: Position): AsmSymbol {
    const symbol = newSymbol("");
    symbol.definition = { kind: "label", location, position };
    return symbol;
  }

  localLabel(number: number, forward: boolean, position: Position): AsmSymbol {
    const labels = this.labels(number);
    if (!forward) {
      if (!labels.past) throw new AssemblerError(position, `no label '${number}:' above`);
      return labels.past;
    }
    if (!labels.next) {
      labels.next = newSymbol("");
      labels.next.firstUse = position;
    }
    return labels.next;
  }

  defineLocalLabel(number: number, position: Position): void {
    const labels = this.labels(number);
    labels.past = labels.next ?? newSymbol("");
    labels.next = undefined;
    labels.past.definition = this.presentPlace(position);
  }

  defineLabel(name: string, position: Position): AsmSymbol {
    const symbol = this.get(name);
    const { definition } = symbol;
    if (definition.kind !== "none")
      throw new AssemblerError(position, `'${name}' is already defined at ${showPosition(definition.position)}`);
    symbol.definition = this.presentPlace(position);
    return symbol;
  }

  /** Numbers that someone jumps forward to and that never came. */
  missingLocalLabels(): AssemblerError[] {
    const errors: AssemblerError[] = [];
    for (const [number, { next }] of this.numbered)
      if (next?.firstUse) errors.push(new AssemblerError(next.firstUse, `no label '${number}:' below`));
    return errors;
  }

  private labels(number: number): { past: AsmSymbol | undefined; next: AsmSymbol | undefined } {
    let labels = this.numbered.get(number);
    if (!labels) {
      labels = { past: undefined, next: undefined };
      this.numbered.set(number, labels);
    }
    return labels;
  }
}

/** Local labels of the compiler's kind stay out of the object's symbol table. */
export function isTemporary(symbol: AsmSymbol): boolean {
  return symbol.name === "" || symbol.name.startsWith(".L");
}

export function bindingOf(symbol: AsmSymbol): number {
  return symbol.binding ?? STB_LOCAL;
}

function newSymbol(name: string): AsmSymbol {
  return {
    name,
    definition: { kind: "none" },
    binding: undefined,
    type: STT_NOTYPE,
    visibility: STV_DEFAULT,
    size: undefined,
    firstUse: undefined,
  };
}
