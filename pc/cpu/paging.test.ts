import { describe, expect, test } from "vitest";
import { type Bench, system } from "./program.testing.ts";

/** Identity-maps the first 4 MiB with rights 3 (present, writable) by a directory at 10000h and a table at 11000h, and turns paging on. */
const PAGING = `
        .set    DIRECTORY, 0x10000
        .set    TABLE, 0x11000
paging: movl    $0x3, %eax
        xorl    %ebx, %ebx
1:      movl    %eax, TABLE(,%ebx,4)
        addl    $0x1000, %eax
        incl    %ebx
        cmpl    $1024, %ebx
        jb      1b
        movl    $TABLE + 7, DIRECTORY
        movl    $DIRECTORY, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        ret
`;

function paged(source: string): Bench {
  return system(`${source}${PAGING}`).finish();
}

describe("page faults", () => {
  test("not present, writing, in ring 0: error code 2, CR2 the address", () => {
    const bench = paged(`
main:   call    paging
        movl    $0, TABLE + 0x200 * 4
        movl    %cr3, %eax
        movl    %eax, %cr3
there:  movl    %eax, 0x200123
    `);
    expect(bench.words("seen", 3)).toEqual([14, 2, bench.symbol("there")]);
    expect(bench.cpu.registers.control(2)).toBe(0x200123);
  });

  test("the second page of a crossing write is checked before the first is written", () => {
    const bench = paged(`
main:   call    paging
        movl    $0, TABLE + 0x201 * 4
        movl    $0xffffffff, 0x200ff0
        movl    $0x55555555, 0x200ffe
    `);
    expect(bench.words("seen", 2)).toEqual([14, 2]);
    expect(bench.cpu.registers.control(2)).toBe(0x201000);
    expect(bench.word(0x200ffc)).toBe(0);
  });

  test("WP decides whether ring 0 may write a read-only page", () => {
    const bench = paged(`
main:   call    paging
        andl    $~2, TABLE + 0x200 * 4
        movl    %cr3, %eax
        movl    %eax, %cr3
        movl    $1, 0x200000
        movl    %cr0, %eax
        orl     $0x10000, %eax
        movl    %eax, %cr0
        movl    $2, 0x200000
    `);
    expect(bench.words("seen", 2)).toEqual([14, 3]);
    expect(bench.word(0x200000)).toBe(1);
  });

  test("ring 3 needs the user bit for reading", () => {
    const bench = paged(`
main:   call    paging
        orl     $4, TABLE + 0x70 * 4
        orl     $4, TABLE + 0x6f * 4
        orl     $4, TABLE + 0x100 * 4
        movl    %cr3, %eax
        movl    %eax, %cr3
        pushl   $0x23
        pushl   $0x70000
        pushl   $0x202
        pushl   $0x1b
        pushl   $user
        iretl
user:   movw    $0x23, %ax
        movw    %ax, %ds
        pushl   $5
        popl    %eax
        movl    0x200000, %eax
    `);
    expect(bench.words("seen", 2)).toEqual([14, 5]);
  });

  test("a string instruction goes on where it faulted", () => {
    const bench = paged(`
main:   call    paging
        gate    14, handler
        movl    $0, TABLE + 0x201 * 4
        cld
        movl    $0x200ff0, %edi
        movl    $0x41414141, %eax
        movl    $16, %ecx
        rep stosl
        hlt
handler:
        movl    $0x201003, TABLE + 0x201 * 4
        movl    %ecx, seen + 8
        movl    %edi, seen + 12
        addl    $4, %esp
        iretl
    `);
    expect(bench.words(0x4008, 2)).toEqual([12, 0x201000]);
    expect(bench.words(0x200fec, 2)).toEqual([0, 0x41414141]);
    expect(bench.words(0x20102c, 2)).toEqual([0x41414141, 0]);
    expect(bench.cpu.registers.general("ecx")).toBe(0);
  });
});

test("the walk sets A, and D on the first write", () => {
  const bench = paged(`
main:   call    paging
        movl    0x200000, %eax
        movl    TABLE + 0x200 * 4, %ecx
        movl    %eax, 0x200000
        movl    TABLE + 0x200 * 4, %edx
        hlt
  `);
  expect(bench.cpu.registers.general("ecx") & 0x60).toBe(0x20);
  expect(bench.cpu.registers.general("edx") & 0x60).toBe(0x60);
});

test("4 MiB pages with CR4.PSE", () => {
  const bench = paged(`
main:   call    paging
        movl    $0x83, DIRECTORY + 4            # 400000h is physical 0
        movl    %cr4, %eax
        orl     $0x10, %eax
        movl    %eax, %cr4
        movl    $0x600d, 0x5f0000
        movl    0x1f0000, %ecx
        movl    DIRECTORY + 4, %edx
        hlt
  `);
  expect(bench.cpu.registers.general("ecx")).toBe(0x600d);
  expect(bench.cpu.registers.general("edx")).toBe(0xe3);
});

test("a changed mapping is seen after INVLPG, in data and in code", () => {
  const bench = paged(`
main:   call    paging
        movb    $0xb0, 0x300000                 # mov $1, %al; ret
        movb    $1, 0x300001
        movb    $0xc3, 0x300002
        movb    $0xb0, 0x301000                 # mov $2, %al; ret
        movb    $2, 0x301001
        movb    $0xc3, 0x301002
        xorl    %eax, %eax
        call    0x300000
        movl    %eax, %ecx
        movl    $0x301003, TABLE + 0x300 * 4
        invlpg  0x300000
        call    0x300000
        hlt
  `);
  expect(bench.cpu.registers.general("ecx")).toBe(1);
  expect(bench.cpu.registers.general("eax")).toBe(2);
});

test("an instruction across a page end follows its second page's mapping", () => {
  const bench = paged(`
main:   call    paging
        movb    $0xb8, 0x300ffe                 # mov $x, %eax; ret
        movl    $0x11111111, 0x300fff
        movb    $0xc3, 0x301003
        movl    $0x22222211, 0x302fff
        movl    $0x222222, 0x302000
        movb    $0xc3, 0x302003
        call    0x300ffe
        movl    %eax, %ecx
        movl    $0x302003, TABLE + 0x301 * 4
        invlpg  0x301000
        call    0x300ffe
        hlt
  `);
  expect(bench.cpu.registers.general("ecx")).toBe(0x11111111);
  expect(bench.cpu.registers.general("eax")).toBe(0x22222211);
});
