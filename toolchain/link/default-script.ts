// What the linker does without a script: code, constants and data in pages of their own, from 0x8048000 on, in the order and at the
// addresses that `ld -m elf_i386` has for a static program.

import type { Paging } from "./segments.ts";

const DEBUG = [
  "aranges",
  "pubnames",
  "info",
  "abbrev",
  "line",
  "frame",
  "str",
  "loc",
  "macinfo",
  "pubtypes",
  "ranges",
  "addr",
];
const DEBUG_5 = ["line_str", "loclists", "macro", "names", "rnglists", "str_offsets", "sup"];

export function defaultScript(paging: Paging): string {
  const packed = paging === "packed";
  const page = paging !== "page" ? "" : ". = ALIGN(CONSTANT(MAXPAGESIZE));";
  const around = (name: string, contents: string) =>
    `.${name} : { PROVIDE_HIDDEN(__${name}_start = .); ${contents} PROVIDE_HIDDEN(__${name}_end = .); }`;
  const noCrt = "EXCLUDE_FILE(*crtbegin.o *crtbegin?.o *crtend.o *crtend?.o)";
  const array = (name: string, old: string) =>
    around(
      name,
      `KEEP(*(SORT_BY_INIT_PRIORITY(.${name}.*) SORT_BY_INIT_PRIORITY(.${old}.*))) KEEP(*(.${name} ${noCrt} .${old}))`,
    );
  const unwind = (only: string) => `
  .eh_frame : ${only} { KEEP(*(.eh_frame)) *(.eh_frame.*) }
  .gcc_except_table : ${only} { *(.gcc_except_table .gcc_except_table.*) }`;
  return `ENTRY(_start)
SECTIONS
{
  PROVIDE(__executable_start = SEGMENT_START("text-segment", 0x08048000));
  . = SEGMENT_START("text-segment", 0x08048000) + SIZEOF_HEADERS;
  .interp : { *(.interp) }
  .note.gnu.build-id : { *(.note.gnu.build-id) }
  ${page}
  .init : { KEEP(*(SORT_NONE(.init))) }
  .text :
  {
    *(.text.unlikely .text.*_unlikely .text.unlikely.*)
    *(.text.exit .text.exit.*)
    *(.text.startup .text.startup.*)
    *(.text.hot .text.hot.*)
    *(SORT(.text.sorted.*))
    *(.text .stub .text.* .gnu.linkonce.t.*)
  }
  .fini : { KEEP(*(SORT_NONE(.fini))) }
  PROVIDE(__etext = .); PROVIDE(_etext = .); PROVIDE(etext = .);
  ${page}
  ${paging !== "page" ? "" : '. = SEGMENT_START("rodata-segment", ALIGN(CONSTANT(MAXPAGESIZE)) + (. & (CONSTANT(MAXPAGESIZE) - 1)));'}
  .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }
  .rodata1 : { *(.rodata1) }
  ${unwind("ONLY_IF_RO")}
  ${packed ? "" : ". = DATA_SEGMENT_ALIGN(CONSTANT(MAXPAGESIZE), CONSTANT(COMMONPAGESIZE));"}
  ${unwind("ONLY_IF_RW")}
  ${around("preinit_array", "KEEP(*(.preinit_array))")}
  ${array("init_array", "ctors")}
  ${array("fini_array", "dtors")}
  .ctors : { KEEP(*crtbegin.o(.ctors)) KEEP(*(EXCLUDE_FILE(*crtend.o) .ctors)) KEEP(*(SORT(.ctors.*))) KEEP(*(.ctors)) }
  .dtors : { KEEP(*crtbegin.o(.dtors)) KEEP(*(EXCLUDE_FILE(*crtend.o) .dtors)) KEEP(*(SORT(.dtors.*))) KEEP(*(.dtors)) }
  .data.rel.ro : { *(.data.rel.ro.local* .gnu.linkonce.d.rel.ro.local.*) *(.data.rel.ro .data.rel.ro.* .gnu.linkonce.d.rel.ro.*) }
  .got : { *(.got) }
  ${packed ? "" : ". = DATA_SEGMENT_RELRO_END(SIZEOF(.got.plt) >= 12 ? 12 : 0, .);"}
  .got.plt : { *(.got.plt) }
  .data : { *(.data .data.* .gnu.linkonce.d.*) }
  .data1 : { *(.data1) }
  _edata = .; PROVIDE(edata = .);
  . = .;
  __bss_start = .;
  .bss : { *(.dynbss) *(.bss .bss.* .gnu.linkonce.b.*) *(COMMON) . = ALIGN(. != 0 ? 4 : 1); }
  . = ALIGN(4);
  _end = .; PROVIDE(end = .);
  ${packed ? "" : ". = DATA_SEGMENT_END(.);"}
  .comment 0 : { *(.comment) }
  ${[...DEBUG, ...DEBUG_5].map((name) => `.debug_${name} 0 : { *(.debug_${name}) }`).join("\n  ")}
  /DISCARD/ : { *(.note.GNU-stack) *(.gnu_debuglink) *(.gnu.lto_*) }
}`;
}
