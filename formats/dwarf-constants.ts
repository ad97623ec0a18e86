// Numbers of DWARF that more than one reader or writer needs, by their names in the standard.
// Source: DWARF Debugging Information Format, versions 3 and 5, sections 6.2 and 7.

export const DW_AT_name = 0x3;
export const DW_AT_stmt_list = 0x10;
export const DW_AT_low_pc = 0x11;
export const DW_AT_high_pc = 0x12;
export const DW_AT_language = 0x13;
export const DW_AT_comp_dir = 0x1b;
export const DW_AT_producer = 0x25;
export const DW_AT_external = 0x3f;
export const DW_AT_frame_base = 0x40;

export const DW_FORM_addr = 0x1;
export const DW_FORM_data2 = 0x5;
export const DW_FORM_data4 = 0x6;
export const DW_FORM_string = 0x8;
export const DW_FORM_block1 = 0xa;
export const DW_FORM_flag = 0xc;
export const DW_FORM_udata = 0xf;
export const DW_FORM_data16 = 0x1e;
export const DW_FORM_line_strp = 0x1f;
export const DW_FORM_implicit_const = 0x21;

export const DW_LANG_C99 = 12;

export const DW_LNCT_path = 1;
export const DW_LNCT_directory_index = 2;
export const DW_LNCT_MD5 = 5;

export const DW_LNE_end_sequence = 1;
export const DW_LNE_set_address = 2;
export const DW_LNE_define_file = 3;
export const DW_LNE_set_discriminator = 4;

export const DW_LNS_copy = 1;
export const DW_LNS_advance_pc = 2;
export const DW_LNS_advance_line = 3;
export const DW_LNS_set_file = 4;
export const DW_LNS_set_column = 5;
export const DW_LNS_negate_stmt = 6;
export const DW_LNS_set_basic_block = 7;
export const DW_LNS_const_add_pc = 8;
export const DW_LNS_fixed_advance_pc = 9;
export const DW_LNS_set_prologue_end = 10;
export const DW_LNS_set_epilogue_begin = 11;
export const DW_LNS_set_isa = 12;

export const DW_TAG_compile_unit = 0x11;
export const DW_TAG_subprogram = 0x2e;

export const DW_UT_compile = 1;

/** Operand counts of the standard opcodes, 1 to 12, as our line programs declare them. */
export const OPCODE_LENGTHS: readonly number[] = [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1];
export const OPCODE_BASE = OPCODE_LENGTHS.length + 1;
/** Least line step and number of line steps of a special opcode, as GNU as chooses them. */
export const LINE_BASE = -5;
export const LINE_RANGE = 14;
