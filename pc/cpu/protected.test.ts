import { describe, expect, test } from "vitest";
import { system } from "./program.testing.ts";

/** Enters ring 3 at `user` with the given EFLAGS. */
const TO_USER = `
to_user:
        pushl   $0x23
        pushl   $0x70000
        pushl   $USER_FLAGS
        pushl   $0x1b
        pushl   $user
        iretl
`;

describe("exceptions", () => {
  test("an error code names the selector, and EIP is the faulting instruction's", () => {
    const bench = system(`
main:   movw    $0x50, %ax
there:  movw    %ax, %fs
    `).finish();
    expect(bench.words("seen", 4)).toEqual([13, 0x50, bench.symbol("there"), 8]);
  });

  test("a segment limit is checked to the last byte", () => {
    const bench = system(`
main:   movw    $0x40, %ax
        movw    %ax, %fs
        movl    %fs:0xfc, %eax
there:  movl    %fs:0xfd, %eax
    `).finish();
    expect(bench.words("seen", 3)).toEqual([13, 0, bench.symbol("there")]);
  });

  test("INT 3 is a trap: EIP is behind it", () => {
    const bench = system(`
main:   int3
after:  hlt
    `).finish();
    expect(bench.words("seen", 3)).toEqual([3, 0, bench.symbol("after")]);
  });

  test("a fault that cannot be delivered becomes a double fault", () => {
    const bench = system(`
main:   movw    $0, IDT + 13 * 8 + 4
there:  movw    $0x50, %ax
        movw    %ax, %fs
    `).finish();
    expect(bench.words("seen", 2)).toEqual([8, 0]);
  });

  test("and when that cannot be delivered either, the processor shuts down", () => {
    const bench = system(`
main:   movw    $0, IDT + 13 * 8 + 4
        movw    $0, IDT + 8 * 8 + 4
        movw    $0x50, %ax
        movw    %ax, %fs
    `).finish();
    expect(bench.cpu.shutdown).toBe(true);
    expect(bench.cpu.halted).toBe(false);
  });

  test("LOCK where it does not belong is #UD", () => {
    expect(
      system(`
main:   .byte   0xf0, 0x01, 0xc8                # lock add %ecx, %eax
      `)
        .finish()
        .word("seen"),
    ).toBe(6);
  });

  test("single step traps after each instruction, with DR6.BS", () => {
    const bench = system(`
        .set    count, 0x4100
main:   gate    1, trap
        pushfl
        orl     $0x100, (%esp)
        popfl
        nop
        nop
        pushfl
        andl    $~0x100, (%esp)
        popfl
        nop
        hlt
trap:   incl    count
        movl    %dr6, %eax
        andl    $0x4000, %eax
        movl    %eax, count + 4
        iretl
    `).finish();
    expect(bench.words("count", 2)).toEqual([5, 0x4000]);
  });
});

test("single step traps after each iteration of a repeated string instruction", () => {
  const bench = system(`
        .set    count, 0x4100
main:   gate    1, trap
        cld
        movl    $0x5000, %edi
        movl    $3, %ecx
        pushfl
        orl     $0x100, (%esp)
        popfl
        rep stosb
        hlt
trap:   incl    count
        movl    %ecx, count + 4
        cmpl    $0, %ecx
        jne     1f
        andl    $~0x100, 8(%esp)
1:      iretl
    `).finish();
  expect(bench.words("count", 2)).toEqual([3, 0]);
});

describe("privilege", () => {
  test("an interrupt gate switches to the stack of the TSS, and IRET goes back", () => {
    const bench = system(`
        .set    USER_FLAGS, 0x202
        .set    log, 0x4100
main:   gate    0x21, call, 0xee
        jmp     to_user
user:   movl    $0x1234, %ecx
        int     $0x21
        movl    %esp, %edx
        hlt                                     # not in ring 3: #GP
call:   pushl   %ss
        popl    %ds
        movl    %ecx, log
        movl    %esp, log + 4
        movw    %ss, log + 8
        pushfl
        popl    log + 12
        iretl
      ${TO_USER}`).finish();
    expect(bench.words("log", 2)).toEqual([0x1234, 0x80000 - 20]);
    expect(bench.word(bench.symbol("log") + 8) & 0xffff).toBe(0x10);
    expect(bench.word(bench.symbol("log") + 12) & 0x200).toBe(0);
    expect(bench.words("seen", 2)).toEqual([13, 0]);
    expect(bench.word(bench.symbol("seen") + 12)).toBe(0x1b);
    expect(bench.cpu.registers.general("edx")).toBe(0x70000);
  });

  test("INT n through a gate of ring 0 is #GP with the vector's error code", () => {
    const bench = system(`
        .set    USER_FLAGS, 0x202
main:   jmp     to_user
user:   int     $0x21
      ${TO_USER}`).finish();
    expect(bench.words("seen", 2)).toEqual([13, 0x21 * 8 + 2]);
  });

  test("ports follow IOPL, then the bit map of the TSS", () => {
    const bench = system(`
        .set    USER_FLAGS, 0x202
main:   movw    $0x68 + 8, gdt + 0x28           # the map's first bytes belong to the TSS
        movw    $0x0028, %ax
        andb    $0xfd, gdt + 0x2d
        ltr     %ax
        movl    $0xffffffff, TSS + 0x68
        movl    $0xffffffff, TSS + 0x6c
        movb    $0xfe, TSS + 0x68               # port 0 only
        movl    $0xffff, TSS + 0x70
        jmp     to_user
user:   movb    $7, %al
        outb    %al, $0
there:  outb    %al, $1
      ${TO_USER}`).finish();
    expect(bench.portWrites.map(({ address, value }) => [address, value])).toEqual([[0, 7]]);
    expect(bench.words("seen", 3)).toEqual([13, 0, bench.symbol("there")]);
  });

  test("a call gate to an inner ring copies parameters", () => {
    const bench = system(`
        .set    USER_FLAGS, 0x202
        .set    log, 0x4100
main:   movl    $inner, %eax                    # the descriptor at 40h becomes a gate for two parameters
        movw    %ax, gdt + 0x40
        movw    $8, gdt + 0x42
        movw    $0xec02, gdt + 0x44
        shrl    $16, %eax
        movw    %ax, gdt + 0x46
        jmp     to_user
user:   pushl   $0x11
        pushl   $0x22
        lcall   $0x43, $0
        movl    %esp, %edx
        int3
inner:  pushl   %ss
        popl    %ds
        movl    8(%esp), %eax
        movl    %eax, log
        movl    12(%esp), %eax
        movl    %eax, log + 4
        movl    %esp, log + 8
        lret    $8
      ${TO_USER}`).finish();
    expect(bench.words("log", 3)).toEqual([0x22, 0x11, 0x80000 - 24]);
    expect(bench.cpu.registers.general("edx")).toBe(0x70000);
  });
});

describe("virtual-8086 mode", () => {
  const ENTER = `
        .set    log, 0x4100
main:   movw    $0x21cd, 0x6000                 # int $0x21
        movb    $0xee, IDT + 0x21 * 8 + 5       # the gate is open to ring 3
        pushl   $0x0800                         # GS
        pushl   $0x0700                         # FS
        pushl   $0x0600                         # DS
        pushl   $0x0500                         # ES
        pushl   $0x0400                         # SS
        pushl   $0x0100                         # ESP
        pushl   $V86_FLAGS
        pushl   $0x0600                         # CS
        pushl   $0
        iretl
  `;

  test("INT n needs IOPL 3; the fault's frame has the segments", () => {
    const bench = system(`.set V86_FLAGS, 0x20202 ${ENTER}`).finish();
    expect(bench.words("seen", 4)).toEqual([13, 0, 0, 0x600]);
    expect(bench.word(bench.symbol("seen") + 16) & 0x20000).toBe(0x20000);
    // ESP SS ES DS FS GS lie above what the stub popped.
    expect(bench.words(bench.word(bench.symbol("seen") + 20), 6)).toEqual([0x100, 0x400, 0x500, 0x600, 0x700, 0x800]);
  });

  test("with IOPL 3 it goes through the gate to ring 0", () => {
    const bench = system(`.set V86_FLAGS, 0x23202 ${ENTER}`).finish();
    expect(bench.words("seen", 4)).toEqual([0x21, 0, 2, 0x600]);
    expect(bench.cpu.registers.segment("fs").selector).toBe(0);
  });
});

test("a task switch by far jump saves one task and starts the other", () => {
  const bench = system(`
main:   movl    $other, TSS2 + 0x20
        movl    $0x0002, TSS2 + 0x24
        movl    $0x60000, TSS2 + 0x38
        movl    $0x10, TSS2 + 0x48
        movl    $8, TSS2 + 0x4c
        movl    $0x10, TSS2 + 0x50
        movl    $0x10, TSS2 + 0x54
        movl    $77, %ebx
        lcall   $0x30, $0
back:   hlt
other:  movl    %esp, %ebp
        addl    $1, TSS + 0x34                  # the old task's EBX
        iretl
  `).finish();
  const { registers } = bench.cpu;
  expect(registers.general("ebx")).toBe(78);
  expect(registers.segment("tr").selector).toBe(0x28);
  expect(bench.word(0x3100 + 0x3c)).toBe(0x60000);
  expect(bench.word(0x3100)).toBe(0x28);
  expect(registers.control(0) & 8).toBe(8);
});

describe("accessed bits", () => {
  test("a far call that fails leaves its code segment's alone", () => {
    const bench = system(`
main:   movb    $0x9a, gdt + 0x38 + 5
        lcall   $0x38, $0x12345
    `).finish();
    expect(bench.words("seen", 2)).toEqual([13, 0]);
    expect((bench.word(bench.symbol("gdt") + 0x3c) >>> 8) & 1).toBe(0);
  });
});

describe("task switches under paging", () => {
  test("a new TSS whose second page is absent: #PF in the old task, nothing has changed", () => {
    const bench = system(`
main:   movl    $0x3, %eax                      # the first 4 MiB as they are
        xorl    %ebx, %ebx
1:      movl    %eax, 0x11000(,%ebx,4)
        addl    $0x1000, %eax
        incl    %ebx
        cmpl    $1024, %ebx
        jb      1b
        movl    $0x11007, 0x10000
        movl    $0, 0x11000 + 0x201 * 4
        movl    $0x10000, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        movw    $0x0fc0, gdt + 0x30 + 2         # the TSS begins at 200FC0h
        movb    $0x20, gdt + 0x30 + 4
there:  ljmp    $0x30, $0
    `).finish();
    expect(bench.words("seen", 3)).toEqual([14, 0, bench.symbol("there")]);
    expect(bench.cpu.registers.segment("tr").selector).toBe(0x28);
    expect(bench.cpu.registers.control(2) >>> 12).toBe(0x201);
    expect((bench.word(bench.symbol("gdt") + 0x34) >>> 8) & 0xff).toBe(0x89);
  });
});

test("an expand-down stack whose limit is the last offset has no room for any frame: a double fault, not a frame at 0", () => {
  const bench = system(`
main:   gate    8, double
        movw    $0xffff, gdt + 0x40             # limit 4 GiB - 1, expand-down, 16-bit
        movb    $0x96, gdt + 0x40 + 5
        movb    $0x8f, gdt + 0x40 + 6
        movl    $0x40, %eax
        movw    %ax, %ss
        pushl   %eax
        hlt
double: hlt
  `);
  bench.cpu.run(100_000);
  // The double fault's frame has no room either.
  expect(bench.cpu.shutdown).toBe(true);
});
