// Words of the other assembler's language: who writes them has read another tutorial, and gets told what they are called here.

/** NASM's, for who writes GNU syntax. */
const NASM_WORDS: Readonly<Record<string, string>> = {
  db: ".byte, or .ascii for text",
  dw: ".word",
  dd: ".long",
  dq: ".quad",
  resb: ".space",
  resw: ".space",
  resd: ".space",
  times: ".fill, or .rept",
  equ: ".set name, value",
  section: ".section",
  segment: ".section",
  global: ".globl",
  extern: ".extern",
  org: ".org, or the linker's -Ttext",
  bits: ".code16 or .code32",
  use16: ".code16",
  use32: ".code32",
  align: ".balign",
  incbin: ".incbin",
  struc: ".struct",
};

/** GNU's, for who writes NASM syntax. */
const GNU_WORDS: Readonly<Record<string, string>> = {
  ".byte": "db",
  ".ascii": "db",
  ".asciz": "db with a 0 at the end",
  ".string": "db with a 0 at the end",
  ".word": "dw",
  ".short": "dw",
  ".value": "dw",
  ".long": "dd",
  ".int": "dd",
  ".quad": "dq",
  ".space": "resb or times",
  ".skip": "resb or times",
  ".zero": "resb or times",
  ".fill": "times",
  ".rept": "%rep",
  ".endr": "%endrep",
  ".section": "section",
  ".globl": "global",
  ".global": "global",
  ".extern": "extern",
  ".org": "org, or times",
  ".code16": "bits 16",
  ".code32": "bits 32",
  ".align": "align",
  ".balign": "align",
  ".p2align": "align",
  ".set": "equ, or %assign",
  ".equ": "equ",
  ".include": "%include",
  ".incbin": "incbin",
  ".macro": "%macro",
  ".endm": "%endmacro",
  ".if": "%if",
  ".else": "%else",
  ".endif": "%endif",
  ".type": "global name:function",
};

function hint(words: Readonly<Record<string, string>>, word: string, here: string, there: string): string | undefined {
  const lower = word.toLowerCase();
  return Object.hasOwn(words, lower) ? `; that is ${there} syntax, ${here} has ${words[lower]}` : undefined;
}

/** What to add to the message about a word that GNU syntax does not have. */
export function nasmWord(word: string): string | undefined {
  return hint(NASM_WORDS, word, "GNU syntax", "NASM");
}

/** What to add to the message about a word that NASM syntax does not have. */
export function gnuWord(word: string): string | undefined {
  return hint(GNU_WORDS, word, "NASM", "GNU");
}
