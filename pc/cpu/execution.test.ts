import { describe, expect, test } from "vitest";
import { Bench, flat, real } from "./program.testing.ts";

const LOOP = `
        movl    $1000, %ecx
        xorl    %eax, %eax
1:      addl    %ecx, %eax
        rorl    $3, %eax
        pushl   %eax
        popl    %edx
        cmpl    $500, %ecx
        jne     2f
        xorl    %edx, %eax
2:      decl    %ecx
        jnz     1b
        hlt
`;

describe("run", () => {
  test("executes exactly as many instructions as it is given", () => {
    const bench = flat(LOOP);
    for (let i = 1; i <= 20; i++) {
      bench.cpu.run(i);
      expect(bench.cpu.instructions).toBe((i * (i + 1)) / 2);
    }
  });

  test("comes to the same end in pieces of any size", () => {
    const whole = flat(LOOP).finish();
    for (const piece of [1, 2, 3, 7, 64]) {
      const bench = flat(LOOP);
      while (!bench.cpu.halted) bench.cpu.run(piece);
      expect(bench.cpu.registers.all()).toEqual(whole.cpu.registers.all());
      expect(bench.cpu.instructions).toBe(whole.cpu.instructions);
    }
  });

  test("goes on from a saved state as the original does", () => {
    const first = flat(LOOP);
    first.cpu.run(777);
    const saved = first.cpu.save();
    first.finish();
    const second = new Bench();
    second.cpu.run(0);
    second.cpu.load(saved);
    second.finish();
    expect(second.cpu.registers.all()).toEqual(first.cpu.registers.all());
    expect(second.cpu.instructions).toBe(first.cpu.instructions);
  });

  test("leaves a state that does not depend on the pieces", () => {
    const whole = flat(LOOP);
    whole.cpu.run(5000);
    const pieces = flat(LOOP);
    for (let i = 0; i < 1000; i++) pieces.cpu.run(5);
    expect(pieces.cpu.save()["state"]).toEqual(whole.cpu.save()["state"]);
  });

  test("a bus callback sees the exact count, and stop() ends the run there", () => {
    const bench = flat(`
        nop
        movb    $1, %al
        outb    %al, $0x80
        movl    %eax, 0xb8000
        nop
        nop
        hlt
    `);
    bench.onPortWrite = () => bench.cpu.stop();
    bench.cpu.run(100);
    expect(bench.portWrites).toEqual([{ address: 0x80, value: 1, size: 1, instructions: 2 }]);
    expect(bench.cpu.instructions).toBe(3);
    bench.cpu.run(100);
    expect(bench.memoryWrites).toEqual([{ address: 0xb8000, value: 1, size: 4, instructions: 3 }]);
    expect(bench.cpu.instructions).toBe(7);
  });

  test("an error of a bus handler reaches the caller, with EIP at the instruction", () => {
    const bench = flat(`
        nop
there:  outb    %al, $0x80
        hlt
    `);
    bench.onPortWrite = () => {
      throw new RangeError("no such device");
    };
    expect(() => bench.cpu.run(100)).toThrow("no such device");
    expect(bench.cpu.registers.eip).toBe(bench.symbol("there"));
    expect(bench.cpu.instructions).toBe(1);
  });
});

describe("interrupts", () => {
  const HANDLER = `
        movw    $handler, 0x20 * 4
        movw    $0, 0x20 * 4 + 2
  `;

  test("wake HLT, and the handler returns behind it", () => {
    const bench = real(`
        ${HANDLER}
        sti
        hlt
        movb    $1, %bl
        cli
        hlt
handler:
        movb    $2, %cl
        iret
    `);
    bench.cpu.run(100);
    expect(bench.cpu.halted).toBe(true);
    expect(bench.cpu.registers.general("ebx")).toBe(0);
    bench.cpu.setInterruptLine(true);
    bench.finish();
    expect(bench.cpu.registers.general("ecx")).toBe(2);
    expect(bench.cpu.registers.general("ebx")).toBe(1);
  });

  test("wait for one instruction after STI and after a load of SS", () => {
    const bench = real(`
        ${HANDLER}
        sti
        incw    %bx
        incw    %bx
        hlt
handler:
        movw    %bx, %cx
        hlt
    `);
    bench.cpu.setInterruptLine(true);
    bench.finish();
    expect(bench.cpu.registers.general("ecx")).toBe(1);
  });

  test("raised by port I/O come before the next instruction", () => {
    const bench = real(`
        ${HANDLER}
        sti
        nop
        outb    %al, $0x43
        incw    %bx
        hlt
handler:
        movw    %bx, %cx
        incw    %dx
        iret
    `);
    bench.cpu.registers.setGeneral("edx", 0);
    bench.onPortWrite = () => bench.cpu.setInterruptLine(true);
    bench.cpu.run(1000);
    expect(bench.cpu.registers.general("ecx")).toBe(0);
    expect(bench.cpu.registers.general("edx")).toBe(1);
  });

  test("NMI comes even with interrupts off", () => {
    const bench = real(`
        movw    $handler, 2 * 4
        movw    $0, 2 * 4 + 2
        cli
        hlt
handler:
        movb    $9, %cl
        hlt
    `);
    bench.cpu.run(10);
    bench.cpu.raiseNmi();
    bench.finish();
    expect(bench.cpu.registers.general("ecx")).toBe(9);
  });
});

describe("code that changes", () => {
  test("the next instruction of the running block", () => {
    const bench = flat(`
        movl    $0, %eax
        movb    $7, target + 1
target: movb    $1, %al
        hlt
    `).finish();
    expect(bench.cpu.registers.general("eax")).toBe(7);
  });

  test("a loop body, each time round", () => {
    const bench = flat(`
        movl    $5, %ecx
        xorl    %ebx, %ebx
1:      addb    $1, body + 2
body:   addl    $0, %ebx
        loop    1b
        hlt
    `).finish();
    expect(bench.cpu.registers.general("ebx")).toBe(1 + 2 + 3 + 4 + 5);
  });

  test("data beside code is written without decoding again", () => {
    const bench = flat(`
        movl    $1000, %ecx
1:      incl    counter
        loop    1b
        hlt
counter: .long  0
    `).finish();
    expect(bench.word("counter")).toBe(1000);
    expect(bench.cpu.statistics.invalidations).toBe(0);
  });

  test("by DMA", () => {
    const bench = flat(`
1:      movb    $1, %al
        outb    %al, $0x80
        jmp     1b
    `);
    bench.cpu.run(6);
    bench.cpu.memory.write(0x10_0001, Uint8Array.of(9));
    bench.cpu.run(3);
    expect(bench.portWrites.map(({ value }) => value)).toEqual([1, 1, 9]);
  });

  test("by a string instruction that copies over its successor", () => {
    const bench = flat(`
        movl    $new, %esi
        movl    $old, %edi
        movl    $2, %ecx
        rep movsb
old:    movb    $1, %al
        hlt
new:    movb    $2, %al
    `).finish();
    expect(bench.cpu.registers.general("eax") & 0xff).toBe(2);
  });
});

describe("real mode", () => {
  test("starts at the reset vector", () => {
    const bench = new Bench();
    const rom = new Uint8Array(0x10000).fill(0xf4);
    rom.set([0xea, 0x00, 0x00, 0x00, 0xf0], 0xfff0);
    bench.cpu.mapRom(0xffff_0000, rom);
    bench.cpu.mapRom(0xf_0000, rom);
    bench.cpu.run(1);
    expect(bench.cpu.registers.segment("cs")).toMatchObject({ selector: 0xf000, base: 0xf_0000 });
    expect(bench.cpu.registers.eip).toBe(0);
  });

  test("ROM is not written", () => {
    const bench = new Bench();
    bench.cpu.mapRom(0xf_0000, new Uint8Array(0x1000).fill(0x5a));
    real(
      `
        movw    $0xf000, %ax
        movw    %ax, %ds
        movw    $0, 0x10
        movw    0x10, %bx
        hlt
    `,
      bench,
    ).finish();
    expect(bench.cpu.registers.general("ebx")).toBe(0x5a5a);
    expect(bench.memoryWrites).toEqual([]);
  });

  test("a limit raised in protected mode stays (unreal mode)", () => {
    const bench = real(`
        cli
        lgdt    register
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        movw    $8, %bx
        movw    %bx, %ds
        andb    $0xfe, %al
        movl    %eax, %cr0
        xorw    %bx, %bx
        movw    %bx, %ds
        movl    $0x200000, %esi
        movl    $0xcafe, (%esi)
        hlt
        .balign 8
gdt:    .quad   0, 0x00cf92000000ffff
register: .word 15
        .long   gdt
    `).finish();
    expect(bench.word(0x20_0000)).toBe(0xcafe);
  });

  test("beyond the limit of 64 KiB: #GP through the vector table", () => {
    const bench = real(`
        movw    $handler, 13 * 4
        movw    $0, 13 * 4 + 2
        movl    $0x10000, %esi
there:  movb    (%esi), %al
        hlt
handler:
        popw    %cx
        hlt
    `).finish();
    expect(bench.cpu.registers.general("ecx")).toBe(bench.symbol("there"));
  });

  test("the A20 gate", () => {
    const bench = real(`
        movw    $0xffff, %ax
        movw    %ax, %ds
        movb    $1, 0x510
        movb    %al, %al
        outb    %al, $0x92
        movb    $2, 0x510
        hlt
    `);
    bench.cpu.setA20(false);
    bench.onPortWrite = () => bench.cpu.setA20(true);
    bench.finish();
    expect(bench.word(0x500) & 0xff).toBe(1);
    expect(bench.word(0x10_0500) & 0xff).toBe(2);
  });

  test("IP wraps at 64 KiB in jumps", () => {
    const bench = real("nop");
    bench.cpu.memory.write(0xfff0, Uint8Array.of(0xe9, 0x2d, 0x00)); // jmp +2Dh, to 0020h
    bench.cpu.memory.write(0x0020, Uint8Array.of(0xb1, 0x05, 0xf4)); // mov $5, %cl; hlt
    bench.cpu.registers.eip = 0xfff0;
    bench.finish();
    expect(bench.cpu.registers.general("ecx")).toBe(5);
    expect(bench.cpu.registers.eip).toBe(0x23);
  });
});

test("a memory size that is not whole is refused", () => {
  expect(() => new Bench(12345)).toThrow(/multiple of 1 MiB/);
});
