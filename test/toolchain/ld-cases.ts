// Objects and scripts for the comparison with GNU ld.

const PLAIN = ["-m32", "-fno-pie", "-ffreestanding", "-O2", "-c", "-x"];

export const SOURCES: { name: string; compiler: string[]; source: string }[] = [
  { name: "start", compiler: ["ours"], source: ".globl _start\n_start: nop\n" },
  {
    name: "begin",
    compiler: ["ours"],
    source: `.section .multiboot, "a"\n.long 0x1badb002, 0, -0x1badb002\n.section .start, "ax"\n.globl begin\nbegin: call _start
      .text\nhlt\n.section .multiboot_header, "a"\n.byte 1\n.section .note.Xen, "a", @note\n.long 4, 4, 1\n.asciz "Xen"\n.long 7\n`,
  },
  {
    name: "pic",
    compiler: ["gcc", "-m32", "-fpie", "-ffreestanding", "-O2", "-c", "-x", "c"],
    source: `extern int outside; extern int f(int); static int local; int global = 3;
      int _start(void) { local++; return f(outside) + global + local; }
      int compare(int a) { return a == (int)&outside; }
      int (*pointer(void))(int) { return f; }`,
  },
  {
    name: "plain",
    compiler: ["gcc", ...PLAIN, "c"],
    source: `extern int outside; extern int f(int); static int local[30]; int global = 3; const char *text = "text";
      int _start(void) { local[3]++; return f(outside) + global + local[global]; }
      int choose(int a) { switch (a) { case 0: return 7; case 1: return f(3); case 2: return 5; case 3: return global; case 4: return 9; } return 1; }`,
  },
  { name: "other", compiler: ["gcc", ...PLAIN, "c"], source: "int outside = 1; int f(int x) { return x; }" },
  {
    name: "sections",
    compiler: ["gcc", ...PLAIN, "c", "-fcommon", "-fno-asynchronous-unwind-tables"],
    source: `#define S(name) __attribute__((section(name), used))
      S("foo") int a = 1; S("foo") int b = 2; S("bar") const int c = 3;
      S(".text.hot2") int f() { return 1; } S(".lowtext") int g() { return f(); }
      S(".initcall.3") int i3 = 3; S(".initcall.1") int i1 = 1; S("xbss,\\"aw\\",@nobits#") int zeros[4];
      extern int __start_foo, __stop_foo; int common; static int st[3]; const char ro[] = "abc";
      int _start() { return *&__start_foo + *&__stop_foo + st[1] + common; }`,
  },
  {
    name: "tutorial-loader",
    compiler: ["ours"],
    source: `.section .multiboot\n.long 0x1badb002, 3, -(0x1badb002 + 3)\n.text\n.globl loader\nloader: mov $stack, %esp
      call callConstructors\nstop: hlt\njmp stop\n.bss\n.space 2 * 1024 * 1024\nstack:\n`,
  },
  {
    name: "constructors",
    compiler: [
      "g++",
      "-m32",
      "-ffreestanding",
      "-fno-exceptions",
      "-fno-rtti",
      "-fno-use-cxa-atexit",
      "-O1",
      "-c",
      "-x",
      "c++",
    ],
    source: `extern "C" { extern void (*start_ctors)(); extern void (*end_ctors)(); }
      struct Part { Part(int i); int value; virtual int get() { return value; } };
      Part::Part(int i) : value(i) {} Part one(1); __attribute__((init_priority(300))) Part two(2);
      template <class T> struct Held { static T item; }; template <class T> T Held<T>::item(4);
      extern "C" int kernelMain() { const char *s = "hello world"; return one.get() + two.get() + Held<Part>::item.get() + s[one.value]; }
      extern "C" void callConstructors() { for (void (**i)() = &start_ctors; i != &end_ctors; i++) (*i)(); }`,
  },
  ...["one", "two"].map((name, i) => ({
    name: `inline${i + 1}`,
    compiler: ["g++", "-m32", "-ffreestanding", "-fno-exceptions", "-fno-rtti", `-DNAME=${name}`, "-c", "-x", "c++"],
    source: `struct A { virtual int f() { return 1; } inline int g(int x) { return x * h; } static inline int h = 3; };
      template <class T> T most(T a, T b) { return a > b ? a : b; }
      static const char *text = "strings are merged"; static const char *end = "merged"; static double half(double a) { return a * 2.5 + 1.5; }
      extern "C" int NAME(int x) { A a; return a.g(x) + most(x, 3) + a.f() + (int)half(x) + text[x] + end[x]; }`,
  })),
  {
    name: "garbage",
    compiler: ["gcc", ...PLAIN, "c", "-ffunction-sections", "-fdata-sections"],
    source: `extern int f(int); int needed = 4, needless = 5; static int inner(int x) { return x + needed; }
      int used(int x) { return f(inner(x)); } int unused(int x) { return x + needless; } int table[100];`,
  },
  {
    name: "main",
    compiler: ["gcc", ...PLAIN, "c"],
    source: "extern int part(int); int main(void) { return part(1); }",
  },
  {
    name: "parts",
    compiler: ["gcc", ...PLAIN, "c"],
    source: "extern int helper(void); int part(int x) { return x + helper(); }",
  },
  { name: "helper", compiler: ["gcc", ...PLAIN, "c"], source: "int helper(void) { return 7; }" },
  { name: "unused", compiler: ["gcc", ...PLAIN, "c"], source: "int nobody(void) { return 8; }" },
  {
    name: "circle",
    compiler: ["gcc", ...PLAIN, "c"],
    source: "extern int nobody(void); int circle(void) { return nobody(); }",
  },
  {
    name: "arrays",
    compiler: ["ours"],
    source: `.globl _start\n_start: nop\n.section .ctors,"aw"\n.long 1, 2\n.section .ctors.65000,"aw"\n.long 3
      .section .init_array,"aw",@init_array\n.long 4\n.section .init_array.00100,"aw",@init_array\n.long 5\n`,
  },
  {
    name: "nasm",
    compiler: ["nasm", "-f", "elf32"],
    source: `bits 32\nglobal _start\nextern f, outside\nsection .text\n_start: mov eax, [outside]\ncall f\njmp _start
      times 20 nop\nsection .data\nwords: dd words, f, _start\nsection .bss\nroom: resb 40\nsection .rodata\ntext: db "nasm", 0\n`,
  },
  ...[1, 2].map((n) => ({
    name: `strings${n}`,
    compiler: ["gcc", ...PLAIN, "c"],
    source: `const char *s${n}[] = {"string ${n}", "common tail", "tail", "a longer common tail", "", "x${n}"};
      double d${n}(double x) { return x * 3.25 + 1.${n}; } const char *${n === 1 ? "first" : "second"}(int i) { return s${n}[i]; }`,
  })),
];

export const SCRIPTS: Record<string, string> = {
  kernel: `SECTIONS { . = 1M; k0 = .; .text : { *(.text) *(.text.*) } t1 = .; .rodata : { *(.rodata*) } r1 = .; . = ALIGN(4096);
    .ic : { ics = .; KEEP(*(SORT(.initcall.*))) ice = .; } .data : { *(.data*) } _edata = .;
    .bss ALIGN(16) : { bs = .; *(.bss) *(COMMON) ; . = ALIGN(64); be = .; } kend = .; }`,
  tutorial: `ENTRY(loader) OUTPUT_FORMAT(elf32-i386) OUTPUT_ARCH(i386:i386)
    SECTIONS { . = 0x0100000; .text : { *(.multiboot) *(.text*) *(.rodata) }
    .data : { start_ctors = .; KEEP(*( .init_array )); KEEP(*(SORT_BY_INIT_PRIORITY( .init_array.* ))); end_ctors = .; *(.data) }
    .bss : { *(.bss) } /DISCARD/ : { *(.fini_array*) *(.comment) } }`,
  regions: `MEMORY { ROM (rx) : ORIGIN = 0x100000, LENGTH = 64K
      RAM (w) : ORIGIN = 0x200000, LENGTH = 1M }
    PHDRS { text PT_LOAD FILEHDR PHDRS; data PT_LOAD FLAGS(6); stack PT_GNU_STACK FLAGS(6); }
    SECTIONS { .text 0x100000 + SIZEOF_HEADERS : { *(.text .text.*) } > ROM :text
    .rodata : { *(.rodata*) } > ROM
    .data : { d0 = .; *(.data*) } > RAM AT> ROM :data
    .bss : { *(.bss*) *(COMMON) } > RAM
    loaded = LOADADDR(.data); size = LENGTH(ROM); x1 = 1 ? 2 : 3; x2 = ~0 & 0xff; x3 = MAX(1, 2) * MIN(7, 8); "q-s" = 10K;
    ASSERT(x3 == 14, "no") }`,
};

/** As kernels of tutorials and courses lay themselves out: the ways differ, the objects are the same for all. */
export const KERNEL_SCRIPTS: Record<string, string> = {
  "bare bones": `ENTRY(_start)
    SECTIONS { . = 1M;
      .text BLOCK(4K) : ALIGN(4K) { *(.multiboot) *(.text) }
      .rodata BLOCK(4K) : ALIGN(4K) { *(.rodata) }
      .data BLOCK(4K) : ALIGN(4K) { *(.data) }
      .bss BLOCK(4K) : ALIGN(4K) { *(COMMON) *(.bss) } }`,
  "higher half": `ENTRY(_start) KERNEL_BASE = 0xC0000000;
    SECTIONS { . = 0xC0100000; _kernel_start = .;
      .text ALIGN(0x1000) : AT(ADDR(.text) - KERNEL_BASE) { *(.multiboot) *(.text*) }
      .rodata ALIGN(0x1000) : AT(ADDR(.rodata) - KERNEL_BASE) { *(.rodata*) }
      .data ALIGN(0x1000) : AT(ADDR(.data) - KERNEL_BASE) { *(.data) }
      .bss ALIGN(0x1000) : AT(ADDR(.bss) - KERNEL_BASE) { _sbss = .; *(COMMON) *(.bss) _ebss = .; }
      _kernel_end = .; _kernel_physical_end = . - KERNEL_BASE; }`,
  "physical and virtual": `OUTPUT_FORMAT("elf32-i386") ENTRY(_start) phys = 0x00100000;
    SECTIONS {
      .text phys : AT(phys) { code = .; *(.text) *(.rodata*) . = ALIGN(4096); }
      .data : AT(phys + (data - code)) { data = .; *(.data) . = ALIGN(4096); }
      .bss : AT(phys + (bss - code)) { bss = .; *(.bss) *(COMMON) . = ALIGN(4096); }
      end = .; }`,
  "course kernel": `OUTPUT_FORMAT("elf32-i386", "elf32-i386", "elf32-i386") OUTPUT_ARCH(i386) ENTRY(_start)
    SECTIONS { . = 0x80100000;
      .text : AT(0x100000) { *(.text .stub .text.* .gnu.linkonce.t.*) }
      PROVIDE(etext = .);
      .rodata : { *(.rodata .rodata.* .gnu.linkonce.r.*) }
      .stab : { PROVIDE(__STAB_BEGIN__ = .); *(.stab); PROVIDE(__STAB_END__ = .); BYTE(0) }
      . = ALIGN(0x1000); PROVIDE(data = .);
      .data : { *(.data) } PROVIDE(edata = .);
      .bss : { *(.bss) *(COMMON) } PROVIDE(end = .);
      /DISCARD/ : { *(.eh_frame .note.GNU-stack .comment) } }`,
  "loader and gaps": `OUTPUT_ARCH("i386") ENTRY(_start)
    SECTIONS { _base = 0xc0000000 + 0x20000; . = _base + 0x74;
      .text : { *(.start) *(.text) } = 0x90
      .rodata : { *(.rodata) *(.rodata.*) . = ALIGN(0x1000); _end_kernel_text = .; }
      .data : { *(.data) _signature = .; LONG(0xaa55aa55) }
      _start_bss = .; .bss : { *(.bss) } _end_bss = .; _end = .;
      ASSERT(_end - _base <= 512K, "Kernel image is too big.") }`,
  "xen guest": `OUTPUT_ARCH(i386) ENTRY(_start)
    SECTIONS { . = 0x0; _text = .;
      .text : { *(.text) *(.gnu.warning) } = 0x9090
      _etext = .;
      .rodata : { *(.rodata) *(.rodata.*) } . = ALIGN(4096); _erodata = .;
      .ctors : { __CTOR_LIST__ = .; *(.ctors) CONSTRUCTORS LONG(0) __CTOR_END__ = .; }
      .data : { *(.data) } _edata = .;
      __bss_start = .; .bss : { *(.bss) } _end = . ; }`,
  "boot header first": `ENTRY(_start)
    SECTIONS { . = 1M; .boot : { KEEP(*(.multiboot_header)) . = ALIGN(8); } .text : { *(.text .text.*) }
      .rodata : { *(SORT_BY_ALIGNMENT(.rodata*)) } .data ALIGN(32) : SUBALIGN(16) { *(.data*) }
      .bss (NOLOAD) : { *(EXCLUDE_FILE(*other.o) .bss) . += 4096 - 1; *(.bss COMMON) } }`,
  "notes and segments": `PHDRS { text PT_LOAD FLAGS(5); data PT_LOAD FLAGS(7); note PT_NOTE FLAGS(0); }
    SECTIONS { . = 0x400000 + 0x1000; startup = . - 0x400000;
      .text : AT(ADDR(.text) - 0x400000) { _text = .; *(.text) . = ALIGN(16); } :text = 0xcccc
      .rodata : AT(ADDR(.rodata) - 0x400000) { *(.rodata*) }
      .notes : AT(ADDR(.notes) - 0x400000) { *(.note.*) } :text :note
      . = ALIGN(4096);
      .data : AT(ADDR(.data) - 0x400000) { *(.data) QUAD(startup) SHORT(1) } :data
      .bss : AT(ADDR(.bss) - 0x400000) { *(.bss) . = ALIGN(. ? 64 : 1); } _end = .; }`,
  "rom image": `MEMORY { rom (rx) : ORIGIN = 0xf0000, LENGTH = 60K  vector (rx) : org = 0xffff0, len = 16  ram (!rx) : o = 0x500, l = 30K }
    SECTIONS { .text : { *(.text*) *(.rodata*) . = ALIGN(16); } > rom
      .data : { _data = .; *(.data*) . = ALIGN(4); _edata = .; } > ram AT > rom  _load = LOADADDR(.data);
      .reset : { BYTE(0xea) LONG(0xf0000000) FILL(0xff) . = 16; } > vector
      .bss (NOLOAD) : { *(.bss* COMMON) } > ram
      /DISCARD/ : { *(.note* .multiboot* .eh_frame) } left = ORIGIN(ram) + LENGTH(ram) - _edata; PROVIDE(stack = ORIGIN(ram) + LENGTH(ram)); }`,
  overlays: `SECTIONS { . = 0x100000; .text : { *begin.o(.text) } .rodata : { *(.rodata*) }
      OVERLAY 0x200000 : AT(0x110000) { .one { *plain.o(.text) } .two { *other.o(.text) BYTE(7) } = 0x90 }
      .data : { *(.data*) LONG(__load_start_one) LONG(__load_stop_two) } .bss : { *(.bss*) } }`,
  "overlays in a region": `MEMORY { fast : ORIGIN = 0x1000, LENGTH = 4K  slow : ORIGIN = 0x100000, LENGTH = 1M }
    SECTIONS { .text : { *plain.o(.text) } > slow
      OVERLAY : NOCROSSREFS { .one { *begin.o(.text) . = ALIGN(8); } .two { *other.o(.text) } } > fast AT > slow
      .rodata : { *(.rodata*) } > slow .data : { *(.data*) } > slow .bss : { *(.bss*) } > slow }`,
  versions: `VERSION { LIB_1.0 { global: _start; f*; local: *; }; LIB_2.0 { extern "C" { other; }; } LIB_1.0; }
    SECTIONS { . = 0x100000; .text : { *(.text) } .data : { *(.data .rodata*) } .bss : { *(.bss) } }`,
  "added to the default": `SECTIONS { .table : { table_start = .; KEEP(*(.rodata.str*)) LONG(0x1234) table_end = .; } } INSERT AFTER .rodata;
    SECTIONS { .early : { *begin.o(.text) } } INSERT BEFORE .text`,
};
