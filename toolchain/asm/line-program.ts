// .debug_line out of `.file` and `.loc`, byte for byte as GNU as writes it: DWARF 5 when the source has a `.file 0`, else 3.
// Source: DWARF 5, section 6.2.4 (header) and 6.2.5 (the program).

import {
  DW_FORM_data16,
  DW_FORM_line_strp,
  DW_FORM_udata,
  DW_LNCT_directory_index,
  DW_LNCT_MD5,
  DW_LNCT_path,
  DW_LNE_end_sequence,
  DW_LNE_set_address,
  DW_LNE_set_discriminator,
  DW_LNS_advance_line,
  DW_LNS_advance_pc,
  DW_LNS_const_add_pc,
  DW_LNS_copy,
  DW_LNS_negate_stmt,
  DW_LNS_set_basic_block,
  DW_LNS_set_column,
  DW_LNS_set_epilogue_begin,
  DW_LNS_set_file,
  DW_LNS_set_isa,
  DW_LNS_set_prologue_end,
  LINE_BASE,
  LINE_RANGE,
  OPCODE_BASE,
  OPCODE_LENGTHS,
} from "../../formats/dwarf-constants.ts";
import { sleb, uleb } from "./leb128.ts";
import type { LineMark, LineMarks } from "./loc.ts";
import { offsetOf, type Section } from "./section.ts";

/** The largest step that a special opcode takes, and what DW_LNS_const_add_pc adds. */
const MAX_STEP = Math.floor((255 - OPCODE_BASE) / LINE_RANGE);

export interface LineProgram {
  bytes: Uint8Array;
  /** Words that hold an address: of a section's code, or of a string in .debug_line_str. */
  fields: { offset: number; value: number; section: Section | "strings" }[];
  /** To be appended to .debug_line_str. */
  strings: Uint8Array;
}

/** @param stringsAt size of .debug_line_str so far */
export function writeLineProgram(marks: LineMarks, stringsAt: number): LineProgram {
  return new LineProgramWriter(stringsAt).write(marks);
}

class LineProgramWriter {
  private readonly bytes: number[] = [];
  private readonly strings: number[] = [];
  private readonly fields: LineProgram["fields"] = [];

  constructor(private readonly stringsAt: number) {}

  write(marks: LineMarks): LineProgram {
    this.word(0);
    this.bytes.push(marks.isVersion5 ? 5 : 3, 0);
    if (marks.isVersion5) this.bytes.push(4, 0);
    const lengthAt = this.bytes.length;
    this.word(0);
    this.bytes.push(1);
    if (marks.isVersion5) this.bytes.push(1);
    this.bytes.push(1, LINE_BASE & 0xff, LINE_RANGE, OPCODE_BASE, ...OPCODE_LENGTHS);
    if (marks.isVersion5) this.tables5(marks);
    else this.tables3(marks);
    this.patch(lengthAt, this.bytes.length - lengthAt - 4);
    for (const section of marks.sections) this.sequence(section);
    this.patch(0, this.bytes.length - 4);
    return { bytes: Uint8Array.from(this.bytes), fields: this.fields, strings: Uint8Array.from(this.strings) };
  }

  private tables3(marks: LineMarks): void {
    for (const directory of marks.directories.slice(1)) this.bytes.push(...text(directory ?? ""));
    this.bytes.push(0);
    for (const file of marks.files.slice(1))
      this.bytes.push(...text(file?.name ?? ""), ...uleb(file?.directory ?? 0), 0, 0);
    this.bytes.push(0);
  }

  private tables5({ directories, files }: LineMarks): void {
    this.bytes.push(1, DW_LNCT_path, DW_FORM_line_strp, ...uleb(directories.length));
    for (let i = 0; i < directories.length; i++) this.lineString(directories[i] ?? "");
    const digests = files.some((file) => file?.md5 !== undefined);
    this.bytes.push(digests ? 3 : 2, DW_LNCT_path, DW_FORM_line_strp, DW_LNCT_directory_index, DW_FORM_udata);
    if (digests) this.bytes.push(DW_LNCT_MD5, DW_FORM_data16);
    this.bytes.push(...uleb(files.length));
    for (let i = 0; i < files.length; i++) {
      // Without a file 0 the first one stands for it.
      const file = files[i] ?? (i === 0 ? files[1] : undefined);
      this.lineString(file?.name ?? "");
      this.bytes.push(...uleb(file?.directory ?? 0));
      if (digests)
        for (let at = 0; at < 32; at += 2) this.bytes.push(Number.parseInt(file?.md5?.slice(at, at + 2) ?? "0", 16));
    }
  }

  private lineString(string: string): void {
    this.fields.push({
      offset: this.bytes.length,
      value: this.stringsAt + this.strings.length,
      section: "strings",
    });
    this.word(0);
    this.strings.push(...text(string));
  }

  private sequence(section: Section): void {
    let state: Pick<LineMark, "file" | "line" | "column" | "isStatement" | "isa"> = {
      file: 1,
      line: 1,
      column: 0,
      isStatement: true,
      isa: 0,
    };
    let address = -1;
    for (const mark of section.marks) {
      if (!mark.location) continue;
      if (mark.file !== state.file) this.bytes.push(DW_LNS_set_file, ...uleb(mark.file));
      if (mark.column !== state.column) this.bytes.push(DW_LNS_set_column, ...uleb(mark.column));
      if (mark.discriminator !== 0) this.extended(DW_LNE_set_discriminator, uleb(mark.discriminator));
      if (mark.isa !== state.isa) this.bytes.push(DW_LNS_set_isa, ...uleb(mark.isa));
      if (mark.isStatement !== state.isStatement) this.bytes.push(DW_LNS_negate_stmt);
      if (mark.basicBlock) this.bytes.push(DW_LNS_set_basic_block);
      if (mark.prologueEnd) this.bytes.push(DW_LNS_set_prologue_end);
      if (mark.epilogueBegin) this.bytes.push(DW_LNS_set_epilogue_begin);
      const offset = offsetOf(mark.location);
      if (address < 0 || (mark.resetView && mayStandStill(mark))) {
        this.extended(DW_LNE_set_address, [0, 0, 0, 0]);
        this.fields.push({ offset: this.bytes.length - 4, value: offset, section });
        address = offset;
      }
      this.row(mark.line - state.line, offset - address);
      state = mark;
      address = offset;
    }
    const rest = section.size - address;
    if (rest === MAX_STEP) this.bytes.push(DW_LNS_const_add_pc);
    else if (rest > 0) this.bytes.push(DW_LNS_advance_pc, ...uleb(rest));
    this.extended(DW_LNE_end_sequence, []);
  }

  /** A row `lines` further down and `step` bytes further on, in the fewest bytes. */
  private row(lines: number, step: number): void {
    let special = lines - LINE_BASE;
    let advanced = false;
    if (special < 0 || special >= LINE_RANGE) {
      this.bytes.push(DW_LNS_advance_line, ...sleb(lines));
      special = -LINE_BASE;
      advanced = true;
    }
    if ((advanced || lines === 0) && step === 0) {
      this.bytes.push(DW_LNS_copy);
      return;
    }
    special += OPCODE_BASE;
    const direct = special + step * LINE_RANGE;
    const indirect = special + (step - MAX_STEP) * LINE_RANGE;
    if (direct <= 255) this.bytes.push(direct);
    else if (indirect <= 255) this.bytes.push(DW_LNS_const_add_pc, indirect);
    else this.bytes.push(DW_LNS_advance_pc, ...uleb(step), advanced ? DW_LNS_copy : special);
  }

  private extended(opcode: number, operands: number[]): void {
    this.bytes.push(0, ...uleb(operands.length + 1), opcode, ...operands);
  }

  private word(value: number): void {
    for (let i = 0; i < 32; i += 8) this.bytes.push((value >>> i) & 0xff);
  }

  private patch(offset: number, value: number): void {
    for (let i = 0; i < 4; i++) this.bytes[offset + i] = (value >>> (8 * i)) & 0xff;
  }
}

/**
 * Whether a row may be for the same address as the one before, as far as it shows before layout. Views count from here then, which
 * readers see by the address being set anew.
 */
function mayStandStill({ location, previous }: LineMark): boolean {
  const before = previous?.location;
  if (!location || !before) return false;
  if (before.fragment === location.fragment) return before.offset === location.offset;
  const next = before.section.fragments[before.fragment.index + 1];
  const atEnd = before.fragment.kind !== "data" || before.offset >= before.fragment.bytes.length;
  return location.offset === 0 && atEnd && next?.kind !== "jump";
}

function text(string: string): number[] {
  return [...new TextEncoder().encode(string), 0];
}
