// The least of .debug_info and .debug_abbrev that lets debuggers use a line table: one compilation unit, and its functions.
// Source: DWARF Debugging Information Format 3 (2005), sections 2, 3.1, 3.3 and 7.5.

import {
  DW_AT_comp_dir,
  DW_AT_external,
  DW_AT_frame_base,
  DW_AT_high_pc,
  DW_AT_language,
  DW_AT_low_pc,
  DW_AT_name,
  DW_AT_producer,
  DW_AT_stmt_list,
  DW_FORM_addr,
  DW_FORM_block1,
  DW_FORM_data2,
  DW_FORM_data4,
  DW_FORM_flag,
  DW_FORM_string,
  DW_LANG_C99,
  DW_TAG_compile_unit,
  DW_TAG_subprogram,
} from "./dwarf-constants.ts";
import { ByteWriter } from "./dwarf-line.ts";

export interface UnitDescription {
  name: string;
  /** Directory of compilation. */
  directory: string;
  producer: string;
  /** Code of the unit, as offsets in its section: from, to. */
  from: number;
  to: number;
  functions: UnitFunction[];
}

export interface UnitFunction {
  /** As a person says it. gdb would prefer a linkage name, so none is written: the symbol table has the full one. */
  name: string;
  from: number;
  to: number;
  isExternal: boolean;
}

/** A 32-bit field that a relocation completes. It holds the offset in what it refers to. */
export interface InfoField {
  offset: number;
  refersTo: "code" | "lines" | "abbreviations";
}

export interface WrittenInfo {
  info: Uint8Array;
  abbreviations: Uint8Array;
  fields: InfoField[];
}

/** EBP, DWARF register 5 of i386, plus 8: where a caller's frame would be. */
const FRAME_BASE = [0x75, 0x08];

const UNIT = 1;
const FUNCTION = 2;

export function writeUnitInfo(unit: UnitDescription): WrittenInfo {
  const out = new ByteWriter();
  const fields: InfoField[] = [];
  const field = (refersTo: InfoField["refersTo"], value: number): void => {
    fields.push({ offset: out.bytes.length, refersTo });
    out.word(value);
  };
  out.word(0);
  out.bytes.push(3, 0);
  field("abbreviations", 0);
  out.bytes.push(4);
  out.unsigned(UNIT);
  out.string(unit.producer);
  out.bytes.push(DW_LANG_C99 & 0xff, DW_LANG_C99 >> 8);
  out.string(unit.name);
  out.string(unit.directory);
  field("code", unit.from);
  field("code", unit.to);
  field("lines", 0);
  for (const f of unit.functions) {
    out.unsigned(FUNCTION);
    out.string(f.name);
    out.bytes.push(f.isExternal ? 1 : 0);
    field("code", f.from);
    field("code", f.to);
    out.bytes.push(FRAME_BASE.length, ...FRAME_BASE);
  }
  out.bytes.push(0);
  const info = Uint8Array.from(out.bytes);
  new DataView(info.buffer).setUint32(0, info.length - 4, true);
  return { info, abbreviations: writeAbbreviations(), fields };
}

function writeAbbreviations(): Uint8Array {
  const out = new ByteWriter();
  const describe = (code: number, tag: number, hasChildren: boolean, attributes: [number, number][]): void => {
    out.unsigned(code);
    out.unsigned(tag);
    out.bytes.push(hasChildren ? 1 : 0);
    for (const [attribute, form] of attributes) {
      out.unsigned(attribute);
      out.unsigned(form);
    }
    out.bytes.push(0, 0);
  };
  describe(UNIT, DW_TAG_compile_unit, true, [
    [DW_AT_producer, DW_FORM_string],
    [DW_AT_language, DW_FORM_data2],
    [DW_AT_name, DW_FORM_string],
    [DW_AT_comp_dir, DW_FORM_string],
    [DW_AT_low_pc, DW_FORM_addr],
    [DW_AT_high_pc, DW_FORM_addr],
    [DW_AT_stmt_list, DW_FORM_data4],
  ]);
  describe(FUNCTION, DW_TAG_subprogram, false, [
    [DW_AT_name, DW_FORM_string],
    [DW_AT_external, DW_FORM_flag],
    [DW_AT_low_pc, DW_FORM_addr],
    [DW_AT_high_pc, DW_FORM_addr],
    [DW_AT_frame_base, DW_FORM_block1],
  ]);
  out.bytes.push(0);
  return Uint8Array.from(out.bytes);
}
