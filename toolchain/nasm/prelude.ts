// The standard macros: directives that are themselves made of simpler ones. Directives in brackets are what the assembler itself knows.
// Source: the NASM manual, section 4.11 (struc, istruc, align) and chapter 7 (the two forms of a directive).

/** The version of NASM whose language this is: sources ask for it. */
const VERSION = { MAJOR: 2, MINOR: 16, SUBMINOR: 1, PATCHLEVEL: 0 };

const versionDefines = Object.entries({ ...VERSION, VERSION_ID: 0x02100100, VER: '"2.16.01"' }).flatMap(
  ([name, value]) => {
    return [`%define __NASM_${name}__ ${value}`, `%define __?NASM_${name}?__ ${value}`];
  },
);

export const PRELUDE = `${versionDefines.join("\n")}
%imacro section 1+
%xdefine __?SECT?__ [section %1]
[section %1]
%endmacro
%imacro segment 1+
%xdefine __?SECT?__ [section %1]
[section %1]
%endmacro
%imacro absolute 1+
%xdefine __?SECT?__ [absolute %1]
[absolute %1]
%endmacro
%define __SECT__ __?SECT?__
%define __?SECT?__ [section .text]
%imacro struc 1-2 0
%push struc
%define %$strucname %1
[absolute %2]
%$strucname:
%endmacro
%imacro endstruc 0
%{$strucname}_size equ ($-%$strucname)
%pop
__?SECT?__
%endmacro
%imacro istruc 1
%push istruc
%define %$strucname %1
%$strucstart:
%endmacro
%imacro at 1-2+
%defstr %$field %1
%substr %$first %$field 1
%ifidn %$first,'.'
times (%{$strucname}%1-%$strucname)-($-%$strucstart) db 0
%else
times (%1-%$strucname)-($-%$strucstart) db 0
%endif
%2
%endmacro
%imacro iend 0
times %{$strucname}_size-($-%$strucstart) db 0
%pop
%endmacro
%imacro align 1-2+ nop
sectalign %1
times (((%1) - (($-$$) % (%1))) % (%1)) %2
%endmacro
%imacro alignb 1-2+ resb 1
sectalign %1
times (((%1) - (($-$$) % (%1))) % (%1)) %2
%endmacro
`;

/** The name that the prelude's lines go by. */
export const PRELUDE_FILE = "(standard macros)";
