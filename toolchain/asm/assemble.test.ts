import { describe, expect, it } from "vitest";
import type { ObjectSection } from "../../formats/elf32-object.ts";
import { type AssembleOptions, AssemblerErrors, assemble } from "./index.ts";

function sections(source: string, options: Partial<AssembleOptions> = {}): Map<string, ObjectSection> {
  const { object } = assemble(source, { file: "test.s", ...options });
  return new Map(object.sections.map((section) => [section.name, section]));
}

/** The bytes of a section as hex. */
function bytesOf(source: string, options: Partial<AssembleOptions> = {}, name = ".text"): string {
  const data = sections(source, options).get(name)?.data;
  if (!(data instanceof Uint8Array)) throw new TypeError(`no contents in ${name}`);
  return Buffer.from(data).toString("hex");
}

function errorsOf(source: string): string[] {
  try {
    assemble(source, { file: "bad.s" });
  } catch (error) {
    if (error instanceof AssemblerErrors) return error.errors.map((each) => each.message);
    throw error;
  }
  return [];
}

describe("instructions", () => {
  it("know AT&T names, sizes and operand order", () => {
    expect(bytesOf("movl $1, %eax; movb %al, (%ebx); addw %cx, 4(%esp)")).toBe("b80100000088036601" + "4c2404");
    expect(bytesOf("movzbl (%esi), %ecx; movsb; movsb %al, %edx; cltd; lret $4")).toBe("0fb60ea40fbed099ca0400");
    expect(bytesOf("call *table(,%eax,4); jmp *%ecx; ljmp $8, $0x1234", { defines: { table: 0x100 } })).toBe(
      "ff148500010000ffe1ea341200000800",
    );
    expect(bytesOf("enter $8, $1; outb %al, (%dx); in $0x60, %al; shl %eax; shldl %eax, %edx; int $3")).toBe(
      "c8080001eee460d1e00fa5c2cc",
    );
  });

  it("follow the mode", () => {
    const source = "mov %ax, %bx; mov %eax, %ebx; push $1; ret; mov (%si), %al; mov (%esi), %al";
    expect(bytesOf(`.code16; ${source}`)).toBe("89c36689c36a01c38a04678a06");
    expect(bytesOf(`.code32; ${source}`)).toBe("6689c389c36a01c3678a048a06");
  });

  it("take prefixes as words and as statements of their own", () => {
    expect(bytesOf("rep movsl; lock; incl (%eax); cs lodsb; repne scasb")).toBe("f3a5f0ff002eacf2ae");
    expect(bytesOf("lgdtl 0x7c00; data32 ret; lodsb %es:(%si)", { bits: 16 })).toBe("660f0116007c66c326ac");
  });
});

describe("jumps", () => {
  it("are as short as they can be", () => {
    expect(bytesOf("1: jmp 1b; je 2f; nop; 2: call 1b")).toBe("ebfe740190e8f6ffffff");
    const far = bytesOf("jmp end; .skip 126, 0x90; end:");
    expect(far.startsWith("eb7e")).toBe(true);
    expect(bytesOf("jmp end; .skip 128, 0x90; end:").startsWith("e980000000")).toBe(true);
    expect(bytesOf(".code16; jne end; .skip 128, 0x90; end:").startsWith("0f858000")).toBe(true);
  });

  it("grow one because of another", () => {
    // The first just reaches with a short second one, and the second is long.
    const code = bytesOf("jmp 1f; jmp 2f; .skip 124, 0x90; 1: .skip 10, 0x90; 2:");
    expect(code.startsWith("e981000000e986000000")).toBe(true);
  });

  it("to what the linker places carry a relocation", () => {
    const text = sections("jmp outside; call outside; .weak w; w: jmp w").get(".text");
    expect(text?.relocations.map(({ offset, symbol }) => [offset, symbol.name])).toEqual([
      // Those of jumps come last, as with GNU as.
      [6, "outside"],
      [1, "outside"],
      [11, "w"],
    ]);
  });
});

describe("data and expressions", () => {
  it("have GNU's operators and ranks", () => {
    expect(bytesOf(".byte 1 << 2 + 1, 7 & 3 * 2, 1 == 1, !0, ~0 & 0xf, 'A', '\\n', 017, 0b101, -7 / 2, -7 % 3")).toBe(
      "0506ff010f410a0f05fdff",
    );
    expect(bytesOf(".quad -1 >> 4; .long end - start; start: .word . - start; end:")).toBe(
      "ffffffffffffff0f020000000000",
    );
  });

  it("know strings, fills, alignment and origin", () => {
    expect(
      bytesOf('.ascii "a\\x41\\101\\n"; .asciz "é"; .fill 2, 3, 0x112233; .org 0x14, 0xcc; .byte 1', {}, ".text"),
    ).toBe("6141410ac3a900332211332211" + "cccccccccccccc01");
    expect(bytesOf(".data; .byte 1; .balign 4; .byte 2; .p2align 2, 0xff; .balign 16, 0, 3", {}, ".data")).toBe(
      "0100000002ffffff",
    );
  });

  it("assign, reassign and refer forward", () => {
    expect(bytesOf("a = 1; .byte a; a = a + 1; .byte a; .byte later; .set later, 7; .equ x, later; .byte x")).toBe(
      "01020707",
    );
  });

  it("name distances from other objects' symbols", () => {
    const { object } = assemble(".set entry, table + 8; .long entry + 4", { file: "x.s" });
    expect(object.sections[0].relocations.map(({ symbol }) => symbol.name)).toEqual(["table"]);
    expect(object.sections[0].data).toEqual(Uint8Array.of(12, 0, 0, 0));
    expect(object.symbols.map(({ name }) => name)).not.toContain("entry");
  });

  it("know numbers with fractions", () => {
    expect(bytesOf(".double 1e10; .float -1.5, 2")).toBe("000000205fa002420000c0bf00000040");
  });

  it("reserve space without contents", () => {
    const found = sections(".bss; .skip 0x1000000; buffer: .zero 16; .lcomm other, 8, 32; .comm shared, 4");
    expect(found.get(".bss")?.data).toEqual({ size: 0x1000028 });
    expect(found.get(".bss")?.align).toBe(32);
  });

  it("relocate local symbols by section and global ones by name", () => {
    const text = sections(".byte 0; l: .long l + 4, g, u - .; .word l; .byte u; .globl g; g:").get(".text");
    expect(text?.relocations.map(({ offset, type, symbol }) => [offset, type, symbol.name])).toEqual([
      [1, 1, ""],
      [5, 1, "g"],
      [9, 2, "u"],
      [13, 20, ""],
      [15, 22, "u"],
    ]);
    expect(Buffer.from(text?.data as Uint8Array).toString("hex")).toBe(
      "0005000000000000000000000001000000".slice(0, 32),
    );
  });

  it("give sections and symbols what directives say", () => {
    const { object } = assemble(
      '.section .boot, "ax", @progbits; .globl f; .type f, @function; f: ret; .size f, . - f; .hidden f; .section .note.GNU-stack,"",@progbits',
      { file: "x.s" },
    );
    expect(object.sections.find((section) => section.name === ".boot")).toMatchObject({ flags: 6, type: 1 });
    expect(object.symbols.find((symbol) => symbol.name === "f")).toMatchObject({
      type: 2,
      size: 1,
      binding: 1,
      visibility: 2,
    });
  });
});

describe("macros, loops, conditions", () => {
  it("substitute arguments", () => {
    const source = `
.macro isr vector, code=0, name:vararg
  .ifc "\\name", ""
  .byte \\vector, \\code
  .else
  .byte \\name
  .endif
l\\@: .byte l\\@ - .
.endm
isr 1
isr code=5, vector=2
isr 3, 4, 9, 8
isr (1 + 2), 7*2`;
    expect(bytesOf(source)).toBe("010000" + "020500" + "090800" + "030e00");
  });

  it("nest", () => {
    const source = `
.macro row n
  .rept \\n
  .byte \\n
  .endr
.endm
.set i, 0
.rept 3
  .set i, i + 1
  row i
.endr
.irp r, 5, 6
  .byte \\r
.endr
.irpc c, 12
  .byte \\c
.endr`;
    expect(bytesOf(source)).toBe("010202030303" + "0506" + "0102");
  });

  it("choose", () => {
    const source =
      ".ifdef BIG; .byte 1; .else; .byte 2; .endif; .if 0; .if 1; .bogus; .endif; .elseif 1; .byte 3; .else; .byte 4; .endif; .ifndef BIG; .byte 5; .endif";
    expect(bytesOf(source)).toBe("0203" + "05");
    expect(bytesOf(source, { defines: { BIG: 1 } })).toBe("0103");
  });

  it("include files through the caller", () => {
    const include = (path: string) => (path === "a.inc" ? '.byte 1\n.incbin "b.bin", 1, 2' : undefined);
    expect(bytesOf('.include "a.inc"; .byte 2', { include, incbin: () => Uint8Array.of(7, 8, 9, 10) })).toBe(
      "01080902",
    );
  });
});

describe("errors", () => {
  it("name file, line and column, and come all at once", () => {
    expect(errorsOf("nop\n  frob %eax\nmov $1, %zz\n\tmovb $300, %al\n")).toEqual([
      "bad.s:2:3: error: unknown instruction 'frob'",
      "bad.s:3:9: error: register expected after '%', found 'zz'",
      "bad.s:4:2: error: 'movb' can't hold 300 in 8 bits",
    ]);
  });

  it("tell where a macro was called", () => {
    expect(errorsOf(".macro m x\nmov \\x\n.endm\n\nm %eax\n")).toEqual([
      "bad.s:2:1: error: 'mov' takes 2 operands, not 1 (in macro 'm' at bad.s:5)",
    ]);
  });

  it.each([
    ["a: nop\na: nop", "bad.s:2:1: error: 'a' is already defined at bad.s:1:1"],
    ["jmp 1f", "bad.s:1:5: error: no label '1:' below"],
    ["jmp .Lnowhere", "bad.s:1:5: error: label '.Lnowhere' is not defined"],
    ["movl (%eax), %bx", "bad.s:1:1: error: 'movl' has a suffix for 32 bits and a register of 16"],
    ["mov $1, (%eax)", "bad.s:1:1: error: 'mov' needs a size suffix: no operand shows the size"],
    ["mov (%eax,%esp), %ebx", "bad.s:1:1: error: 'mov' can't have %esp as index"],
    [".code16\nmov (%cx), %ax", "a 16-bit address is (%bx), (%bp), (%si), (%di)"],
    [".globl x\n.set x, outside + 4", "bad.s:2:1: error: 'x' has a value that no object file can express"],
    ["jmp (%eax)", "bad.s:1:5: error: 'jmp' to an address in memory or a register is written with '*'"],
    [".byte 256", "bad.s:1:7: error: value 256 does not fit into a byte"],
    [".skip 4\n.org 2", "bad.s:2:1: error: .org goes backwards, from 4 to 2"],
    ["loop l\n.skip 200\nl:", "bad.s:1:1: error: distance 200 does not fit into a byte"],
    [".if 1", "bad.s:1:1: error: .if is not closed: no .endif follows"],
    [".macro m\nnop", "bad.s:1:1: error: .macro m is not closed"],
    ['.ascii "abc', 'bad.s:1:8: error: string is not closed: no " on this line'],
    [".long 1 +", "bad.s:1:10: error: expression expected, found the end of the statement"],
    [".long 1 / 0", "bad.s:1:9: error: division by zero"],
    ["a = b\nb = a\n.long a", "bad.s:1:5: error: 'b' is defined by itself"],
    ["lock addl %eax, %ebx", "bad.s:1:6: error: 'addl' can't be locked"],
    [".quad x", "bad.s:1:7: error: no relocation fills 8 bytes with a symbol's address"],
    [".bss\n.byte 1", "bad.s:2:7: error: section .bss has no contents: only space can be reserved in it"],
    ['.macro m a\nm "\\a\\a\\a"\n.endm\nm xxxx', "makes a statement of more than 1000000 characters"],
    [".macro m\nm\n.endm\nm", "macros or includes are nested more than 64 deep"],
  ])("%j", (source, message) => {
    expect(errorsOf(source).join("\n")).toContain(message);
  });
});
