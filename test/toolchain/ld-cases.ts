// Objects and scripts for the comparison with GNU ld.

const PLAIN = ["-m32", "-fno-pie", "-ffreestanding", "-O2", "-c", "-x"];

export const SOURCES: { name: string; compiler: string[]; source: string }[] = [
  { name: "start", compiler: ["ours"], source: ".globl _start\n_start: nop\n" },
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
