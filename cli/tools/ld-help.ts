// The help of `minios ld`.

export const LD_HELP = `Usage: minios ld [options] file...

Links i386 ELF objects and archives to a static program, as GNU ld -m elf_i386 does.

  -o FILE                      the output (a.out)
  -T FILE, --script=FILE       linker script
  -Ttext ADDR, -Tdata, -Tbss   address of .text, .data, .bss (hexadecimal)
  --section-start=NAME=ADDR    address of any section
  -e NAME, --entry=NAME        symbol or address where execution starts
  -L FOLDER, -l NAME           search folders; libNAME.a, or FILE with -l:FILE
  -( ... -), --start-group     search these archives until nothing new turns up
  -u NAME                      take what defines NAME out of archives
  --defsym NAME=EXPRESSION     define a symbol
  --gc-sections                leave out what nothing needs (--print-gc-sections lists it)
  -r                           join objects to one object
  -s, -S, -x, -X               without symbols, debug information, local symbols, .L symbols
  --oformat binary             bare bytes in memory order
  -Map FILE, -M                what ended up where
  -N, -n                       packed in one segment; not aligned to pages
  -z noexecstack, -z max-page-size=N
  --orphan-handling=place|discard|warn|error
  --fatal-warnings, --no-warnings, -v, @FILE
`;
