// The compilation units of .debug_info, as far as a line table needs them: which table is a unit's and in which directory it was
// compiled. Only the first entry of each unit is read.
// Source: DWARF Debugging Information Format 3 (2005), sections 7.5.1 to 7.5.4; 5 (2017), section 7.5, for unit types and forms.

import { DW_AT_comp_dir, DW_AT_stmt_list, DW_FORM_implicit_const, DW_UT_compile } from "./dwarf-constants.ts";
import { ByteReader, DwarfError, type LineStrings } from "./dwarf-line.ts";

export interface Unit {
  /** Offset of its table in .debug_line. */
  lines: number;
  /** Directory of compilation; "" when the unit does not say. */
  directory: string;
}

/**
 * @param name the file's name, for the errors
 * @throws DwarfError
 */
export function readUnits(info: Uint8Array, abbreviations: Uint8Array, strings: LineStrings, name: string): Unit[] {
  const units: Unit[] = [];
  for (let at = 0; at + 4 <= info.length; ) {
    const length = new ByteReader(name, info, at, info.length).word();
    const end = at + 4 + length;
    if (end > info.length) throw new DwarfError(name, at, "a unit inside .debug_info", `${length} bytes`);
    const unit = readUnit(new ByteReader(name, info, at + 4, end), abbreviations, strings, name);
    if (unit) units.push(unit);
    at = end;
  }
  return units;
}

function readUnit(reader: ByteReader, abbreviations: Uint8Array, strings: LineStrings, name: string): Unit | undefined {
  const version = reader.half();
  if (version < 2 || version > 5) return undefined;
  let table: number;
  if (version >= 5) {
    if (reader.byte() !== DW_UT_compile) return undefined;
    reader.byte();
    table = reader.word();
  } else {
    table = reader.word();
    reader.byte();
  }
  if (table > abbreviations.length) reader.fail("offset of abbreviations", `0x${table.toString(16)}`, reader.at);
  const code = reader.unsigned();
  const declaration = new ByteReader(name, abbreviations, table, abbreviations.length);
  // Producers declare the unit's own entry first.
  if (code === 0 || declaration.unsigned() !== code) return undefined;
  declaration.unsigned();
  declaration.byte();
  const unit = { lines: -1, directory: "" };
  for (;;) {
    const attribute = declaration.unsigned();
    const form = declaration.unsigned();
    if (attribute === 0 && form === 0) break;
    if (form === DW_FORM_implicit_const) {
      declaration.signed();
      continue;
    }
    const value = readForm(reader, form, strings);
    if (attribute === DW_AT_stmt_list && typeof value === "number") unit.lines = value;
    if (attribute === DW_AT_comp_dir && typeof value === "string") unit.directory = value;
  }
  return unit.lines < 0 ? undefined : unit;
}

/** A value of the forms that 32-bit producers give a unit's attributes. */
function readForm(reader: ByteReader, form: number, { lineStrings, strings }: LineStrings): string | number {
  switch (form) {
    case 0x01: // addr
    case 0x06: // data4
    case 0x17: // sec_offset
      return reader.word();
    case 0x05: // data2
      return reader.half();
    case 0x07: // data8
      reader.word();
      return reader.word();
    case 0x08: // string
      return reader.string();
    case 0x0b: // data1
    case 0x0c: // flag
      return reader.byte();
    case 0x0d: // sdata
      return reader.signed();
    case 0x0f: // udata
      return reader.unsigned();
    case 0x0e: // strp
      return reader.stringAt(strings, reader.word());
    case 0x1f: // line_strp
      return reader.stringAt(lineStrings, reader.word());
    case 0x19: // flag_present
      return 1;
    default:
      return reader.fail("a form of a unit's attributes", `0x${form.toString(16)}`, reader.at);
  }
}
