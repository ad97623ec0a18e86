// Emits the residual program statement by statement, and keeps the cells: a word of processor state is read from memory once,
// changed in locals, and written back when someone else may look.

import type { ValueType } from "../../../formats/wasm/module.ts";
import { ADD, AND, EXTEND8_S, EXTEND16_S, OR, operation, SHL, SHR_U } from "./fold.ts";
import type { Records } from "./records.ts";
import { constant, known, type Local, type Source, type Statement, sameValue, type Value } from "./residual.ts";
import { inCell, isZero, mayReachCells, State } from "./state.ts";

const I32_LOAD = 0x28;
const I32_STORE = 0x36;

/** Bytes accessed, by the opcode of a load or store. */
const SIZES: Record<number, number> = {
  [I32_LOAD]: 4,
  41: 8,
  42: 4,
  43: 8,
  44: 1,
  45: 1,
  46: 2,
  47: 2,
  48: 1,
  49: 1,
  50: 2,
  51: 2,
  52: 4,
  53: 4,
  [I32_STORE]: 4,
  55: 8,
  56: 4,
  57: 8,
  58: 1,
  59: 2,
  60: 1,
  61: 2,
  62: 4,
};
const LOAD8_S = 44;
const LOAD16_S = 46;
const FIRST_SMALL_I32 = 44;
const LAST_SMALL_I32 = 47;
const STORE8 = 58;
const STORE16 = 59;

/** What is copied rather than kept in a local of its own: constants, locals, and a local plus a constant. */
function isAtom(value: Value): boolean {
  if (value.kind !== "operation") return true;
  return value.code === ADD && value.operands[0].kind === "local" && value.operands[1].kind === "constant";
}

export abstract class Builder {
  state = new State();
  list: Statement[] = [];
  /** Types of the program's locals. */
  locals: ValueType[] = [];
  statements = 0;
  /** Cells that the program reads or writes, and those that it writes. */
  readonly used = new Set<number>();
  readonly written = new Set<number>();

  constructor(protected readonly records: Records) {}

  fresh(type: ValueType): Local {
    return { kind: "local", type, index: this.locals.push(type) - 1 };
  }

  emit(statement: Statement): void {
    this.statements++;
    this.list.push(statement);
  }

  /** A form of the value that may be used any number of times. */
  atom(value: Value): Value {
    if (isAtom(value)) return value;
    const local = this.fresh(value.type);
    this.emit({ kind: "set", local, value });
    return local;
  }

  read(type: ValueType, source: Source): Local {
    const local = this.fresh(type);
    this.emit({ kind: "read", local, source });
    return local;
  }

  load(code: number, type: ValueType, base: Value, offset: number): Value {
    const size = SIZES[code];
    const at = known(base);
    if (at === undefined) {
      if (mayReachCells(offset)) this.flush();
      return this.read(type, { kind: "load", code, address: base, offset });
    }
    const address = at + offset;
    const narrow = code === I32_LOAD || (code >= FIRST_SMALL_I32 && code <= LAST_SMALL_I32);
    if (narrow) {
      const fixed = isZero(address, size) ? 0 : this.records.fixed(address, size, this.state.entry.record);
      if (fixed !== undefined) return extend(code, constant(fixed));
      if (inCell(address, size)) return this.part(code, this.cell(address & ~3), address & 3);
    }
    this.flushWords(address, size, false);
    return this.read(type, { kind: "load", code, address: constant(address), offset: 0 });
  }

  store(code: number, base: Value, offset: number, value: Value): void {
    const size = SIZES[code];
    const at = known(base);
    if (at === undefined) {
      if (mayReachCells(offset)) this.flush();
      this.emit({ kind: "store", code, address: base, offset, value });
      if (mayReachCells(offset)) this.state.cells.clear();
      this.state.effects = true;
      return;
    }
    const address = at + offset;
    if ((code === I32_STORE || code === STORE8 || code === STORE16) && inCell(address, size)) {
      this.setCell(address & ~3, size === 4 ? value : this.insert(address, size, value));
      return;
    }
    this.flushWords(address, size, true);
    this.emit({ kind: "store", code, address: constant(address), offset: 0, value });
    this.state.effects = true;
  }

  /** The value of a word of the processor's state. */
  cell(address: number): Value {
    const { cells } = this.state;
    let cell = cells.get(address);
    if (cell === undefined) {
      cell = { value: this.readWord(address), dirty: false };
      cells.set(address, cell);
      this.used.add(address);
    }
    return cell.value;
  }

  readWord(address: number): Local {
    return this.read("i32", { kind: "load", code: I32_LOAD, address: constant(address), offset: 0 });
  }

  setCell(address: number, value: Value): void {
    const { cells } = this.state;
    const old = cells.get(address);
    if (old !== undefined && sameValue(old.value, value)) return;
    cells.set(address, { value: this.atom(value), dirty: true });
    this.used.add(address);
    this.written.add(address);
  }

  private part(code: number, word: Value, byte: number): Value {
    if (code === I32_LOAD) return word;
    return extend(code, operation(SHR_U, "i32", [word, constant(byte * 8)]));
  }

  private insert(address: number, size: number, value: Value): Value {
    const shift = (address & 3) * 8;
    const mask = size === 1 ? 0xff : 0xffff;
    const kept = operation(AND, "i32", [this.cell(address & ~3), constant(~(mask << shift))]);
    const low = operation(AND, "i32", [value, constant(mask)]);
    return operation(OR, "i32", [kept, operation(SHL, "i32", [low, constant(shift)])]);
  }

  /** Writes back the cells that an access of another shape touches, and forgets them if it writes. */
  private flushWords(address: number, size: number, forget: boolean): void {
    const { cells } = this.state;
    for (let word = address & ~3; word < address + size; word += 4) {
      const cell = cells.get(word);
      if (cell?.dirty) {
        this.writeWord(word, cell.value);
        cells.set(word, { value: cell.value, dirty: false });
        this.state.effects = true;
      }
      if (forget) cells.delete(word);
    }
  }

  private writeWord(address: number, value: Value): void {
    this.emit({ kind: "store", code: I32_STORE, address: constant(address), offset: 0, value });
  }

  /** Writes back every cell that is newer than memory. */
  flush(): void {
    const { cells } = this.state;
    for (const [address, { value, dirty }] of cells) {
      if (!dirty) continue;
      this.writeWord(address, value);
      cells.set(address, { value, dirty: false });
      this.state.effects = true;
    }
  }

  /** Runs `work` with another list to emit into. */
  into(list: Statement[], work: () => void): void {
    const outer = this.list;
    this.list = list;
    work();
    this.list = outer;
  }
}

/** What a narrow load makes of the low bits. */
function extend(code: number, value: Value): Value {
  if (code === LOAD8_S) return operation(EXTEND8_S, "i32", [value]);
  if (code === LOAD16_S) return operation(EXTEND16_S, "i32", [value]);
  if (code === LOAD8_S + 1) return operation(AND, "i32", [value, constant(0xff)]);
  if (code === LOAD16_S + 1) return operation(AND, "i32", [value, constant(0xffff)]);
  return value;
}
