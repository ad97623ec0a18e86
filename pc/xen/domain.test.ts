// Guests of a few lines: what they find at their start, what hypercalls do, what becomes of traps, how they end.

import { describe, expect, test } from "vitest";
import { MOST_QUICK_RESTARTS } from "../domain-machine.ts";
import { guestElf, guestMachine, run } from "./guest.testing.ts";

describe("a domain ends", () => {
  test("with a line printed and the power off, in a handful of instructions", () => {
    const machine = guestMachine('print "Hello, Xen!\\n"\n poweroff');
    expect(machine.run()).toBe("powerOff");
    expect(machine.serial[0].output).toBe("Hello, Xen!\n");
    expect(machine.screen.text()[0]).toBe("Hello, Xen!");
    expect(machine.instructions).toBeLessThan(20);
    expect(machine.end?.text).toBe('domain test powered off; on_poweroff = "destroy": destroyed');
  });

  test("by the hypercall page just the same", () => {
    expect(run("movl $2, %ebx; xorl %ecx, %ecx; call 0x2000 + 6 * 32; ud2")).toBe("");
  });

  test("in a crash at an address that is not mapped, told with registers and callers", () => {
    const machine = guestMachine("call away; nop\naway: movl $0x1234, %ebx; jmp 0x3000000");
    expect(machine.run()).toBe("dead");
    const log = machine.log.join("\n");
    expect(log).toContain("Unhandled page fault [#14, ec=0000]: executing 03000000, which is not mapped");
    expect(log).toMatch(/EIP: {4}e019:\[<03000000>\]/);
    expect(log).toContain("ebx: 00001234");
    expect(log).toMatch(/Call trace:\n {3}\[<00100005>\] _start\+0x5/);
    expect(machine.end?.text).toBe('domain test crashed; on_crash = "destroy": destroyed');
    expect(machine.memory.read(0x20_0000 + 0x10_0000, 4)).toEqual(new Uint8Array(4));
  });

  test("preserved: its memory is still there", () => {
    const machine = guestMachine("movl $0x12345678, mark; ud2; .balign 4; mark: .long 0", { onCrash: "preserve" });
    expect(machine.run()).toBe("dead");
    const page = Buffer.from(machine.memory.read(0x20_0000 + 0x10_0000, 4096));
    expect(page.includes(Buffer.from([0x78, 0x56, 0x34, 0x12]))).toBe(true);
    expect(machine.end?.text).toMatch(/preserved as it is$/);
  });

  test("restarted after a crash, but not for ever; each start finds memory as new", () => {
    const machine = guestMachine('cmpl $0, mark; jne 1f; print "fresh\\n"; movl $1, mark; 1: ud2; mark: .long 0', {
      onCrash: "restart",
    });
    expect(machine.run()).toBe("dead");
    expect(machine.serial[0].output).toBe("fresh\n".repeat(MOST_QUICK_RESTARTS + 1));
    expect(machine.log.filter((line) => line.endsWith("restarted"))).toHaveLength(MOST_QUICK_RESTARTS);
    expect(machine.end?.text).toMatch(/not restarted again$/);
  });

  test.each([
    ["reboot", 1, "dead", /rebooted; on_reboot = "restart": ended 4 times/],
    ["suspend", 2, "powerOff", /suspended, and there is nobody to resume it/],
    ["crash", 3, "dead", /crashed/],
    ["a reason that is none", 77, "dead", /crashed/],
  ])("by sched_op shutdown: %s", (_name, reason, stop, text) => {
    const machine = guestMachine(`hypercall 29, $2, $reason; ud2\nreason: .long ${reason}`);
    expect(machine.run()).toBe(stop);
    expect(machine.end?.text).toMatch(text);
  });

  test("waiting for ever is no end: nothing can wake it", () => {
    expect(guestMachine("hypercall 29, $1, $0; ud2").run()).toBe("halted");
  });
});

describe("at its start", () => {
  test("start_info, frame list, shared info and the machine-to-physical table agree", () => {
    const source = `
        cmpl    $0x2d6e6578, (%esi)             # "xen-"
        jne     bad
        movl    32(%esi), %eax                  # nr_pages
        cmpl    $2048, %eax
        jne     bad
        movl    68(%esi), %ebp                  # mfn_list
        movl    400(%ebp), %eax                 # the frame of page 100
        cmpl    $100, 0xfc000000(,%eax,4)
        jne     bad
        movl    60(%esi), %eax                  # pt_base
        shrl    $12, %eax
        movl    (%ebp,%eax,4), %eax
        movl    %cr3, %ecx                      # emulated
        shrl    $12, %ecx
        cmpl    %eax, %ecx
        jne     bad
        leal    80(%esi), %edi
        movl    $0x2d2d2d2d, %eax
        cmpl    %eax, (%edi)                    # cmd_line
        jne     bad
        movl    72(%esi), %eax                  # mod_start
        cmpl    $0x44434241, (%eax)
        jne     bad
        cmpl    $5, 76(%esi)
        jne     bad
        # The shared info page, at a page of ours.
        movl    36(%esi), %ecx
        orl     $3, %ecx
        hypercall 14, $0x3000, , $0, $2
        testl   %eax, %eax
        jnz     bad
        cmpb    $1, 0x3001                      # events are masked at first
        jne     bad
        print   "good"
        poweroff
bad:    ud2
      `;
    const image = { kernel: guestElf(source), commandLine: "----", ramdisk: Buffer.from("ABCDE") };
    expect(run("", { image })).toBe("good");
  });
});

describe("traps", () => {
  test("bounce to the guest's handlers, with error code and CR2", () => {
    const output = run(`
        hypercall 0, $table
        movl    $0x5a5a5a5a, 0x3000000
after:  poweroff
fault:  popl    %eax                            # error code: writing
        cmpl    $2, %eax
        jne     1f
        movl    %cr2, %eax
        cmpl    $0x3000000, %eax
        jne     1f
        movl    $after, (%esp)
        print   "caught"
        iret
1:      ud2
table:  .byte   14, 0
        .word   0xe019
        .long   fault
        .long   0, 0
    `);
    expect(output).toBe("caught");
  });

  test("INT n goes to a handler that is open to ring 1, and is #GP else", () => {
    const output = run(`
        hypercall 0, $table
        int     $0x21
        int     $0x22
        poweroff
open:   print   "open "
        iret
gp:     popl    %eax
        cmpl    $0x112, %eax                    # vector 22h, in the IDT
        jne     1f
        addl    $2, (%esp)
        print   "protected"
        iret
1:      ud2
table:  .byte   0x21, 1
        .word   0xe019
        .long   open
        .byte   0x22, 0
        .word   0xe019
        .long   open
        .byte   13, 0
        .word   0xe019
        .long   gp
        .long   0, 0
    `);
    expect(output).toBe("open protected");
  });

  test.each(["cli", "sti", "hlt", "inb $0x60, %al", "lgdt 0x100000", "movl %eax, %dr7", "rdmsr", "movw %ax, %ds"])(
    "%s is #GP",
    (instruction) => {
      const machine = guestMachine(`movl $0xe008, %eax; ${instruction}; poweroff`);
      expect(machine.run()).toBe("dead");
      expect(machine.log[0]).toMatch(/^Unhandled general protection fault \[#13/);
    },
  );

  test("CLTS, control registers and CPUID with Xen's prefix are done for the guest", () => {
    const output = run(`
        clts
        movl    %cr0, %eax
        testl   $8, %eax
        jnz     bad
        movl    %cr3, %eax
        movl    %eax, %cr3
        movl    $0x40000000, %eax
        ud2
        .ascii  "xen"
        cpuid
        cmpl    $0x566e6558, %ebx
        jne     bad
        xorl    %eax, %eax
        ud2
        .ascii  "xen"
        cpuid
        cmpl    $0x756e6547, %ebx               # "Genu"
        jne     bad
        print   "done"
        poweroff
bad:    ud2
    `);
    expect(output).toBe("done");
  });

  test("user code in ring 3: IRET there, and a trap back on the kernel's stack", () => {
    const output = run(`
        hypercall 0, $table
        hypercall 3, $0xe021, $stack
        # Page tables of a new domain are the kernel's only: the user bit for our page and its table.
        movl    68(%esi), %ebp
        movl    0x400(%ebp), %ecx               # frame of page 100h
        shll    $12, %ecx
        orl     $7, %ecx
        hypercall 14, $0x100000, , $0, $2
        pushl   $0xe033
        pushl   $0
        pushl   $0x202
        pushl   $0xe02b
        pushl   $user
        pushl   $77                             # becomes EAX
        movl    $23, %eax
        int     $0x82
user:   cmpl    $77, %eax
        jne     bad
        movw    %cs, %ax
        cmpw    $0xe02b, %ax
        jne     bad
        int     $0x80
bad:    ud2
system: cmpl    $stack - 20, %esp
        jne     bad
        cmpl    $0xe033, 16(%esp)
        jne     bad
        print   "back"
        poweroff
        ud2
table:  .byte   0x80, 3
        .word   0xe019
        .long   system
        .long   0, 0
        .balign 4
        .skip   64
stack:
    `);
    expect(output).toBe("back");
  });
});

describe("hypercalls", () => {
  test("that are not there give -ENOSYS", () => {
    expect(
      run("hypercall 36; cmpl $-38, %eax; jne 1f; hypercall 4711; cmpl $-38, %eax; jne 1f; poweroff; 1: ud2"),
    ).toBe("");
  });

  test("xen_version says 3.4, pages of 4 KiB, where the hypervisor begins", () => {
    const output = run(`
        hypercall 17, $0
        cmpl    $0x30004, %eax
        jne     bad
        hypercall 17, $7
        cmpl    $4096, %eax
        jne     bad
        hypercall 17, $5, $buffer
        cmpl    $0xfc000000, buffer
        jne     bad
        hypercall 17, $3, $buffer
        hypercall 18, $0, $14, $buffer
        poweroff
bad:    ud2
        .balign 4
buffer: .skip   1024
    `);
    expect(output).toBe("xen-3.0-x86_32");
  });

  test("console_io: a bad buffer is -EFAULT, what is typed is read", () => {
    const machine = guestMachine(`
        hypercall 18, $0, $10, $0x3000000
        cmpl    $-14, %eax
        jne     bad
        hypercall 18, $1, $10, $buffer
        cmpl    $3, %eax
        jne     bad
        hypercall 18, $0, $3, $buffer
        poweroff
bad:    ud2
buffer: .skip   16
    `);
    machine.keyboard.type("a\nB");
    expect(machine.run()).toBe("powerOff");
    expect(machine.serial[0].output).toBe("a\rB");
    expect(machine.keyboard.idle).toBe(true);
  });

  test("a long console_io is done in pieces, and counts as many instructions", () => {
    const machine = guestMachine("hypercall 18, $0, $300000, $0x100000; poweroff");
    machine.run({ instructions: 1000 });
    expect(machine.serial[0].output).toHaveLength(300_000);
    expect(machine.instructions).toBeGreaterThan(70);
  });

  test("multicall does its calls and keeps their results", () => {
    const output = run(`
        hypercall 13, $calls, $2
        testl   %eax, %eax
        jnz     bad
        cmpl    $0, calls + 4
        jne     bad
        cmpl    $-38, calls + 36
        jne     bad
        poweroff
bad:    ud2
        .balign 4
calls:  .long   18, 9, 0, 5, text, 0, 0, 0
        .long   99, 9, 0, 0, 0, 0, 0, 0
text:   .ascii  "multi"
    `);
    expect(output).toBe("multi");
  });

  test("the timer wakes a guest that blocks, through its callback", () => {
    const machine = guestMachine(`
        movl    36(%esi), %ebp
        hypercall 4, $0xe019, $event, $0xe019, $event
        movl    %ebp, %ecx
        orl     $3, %ecx
        hypercall 14, $0x3000, , $0, $2         # shared info at 3000h
        hypercall 32, $1, $virq                 # bind VIRQ_TIMER
        hypercall 24, $7, $0                    # no periodic tick
        hypercall 15, $5000000, $0              # 5 ms from the start
        hypercall 29, $1, $0                    # block
        print   "awake"
        poweroff
event:  print   "event "
        movl    $0, 0x3004
        movb    $0, 0x3000
        iret
        .balign 4
virq:   .long   0, 0, 0
    `);
    expect(machine.run({ timeNs: 1e9 })).toBe("powerOff");
    expect(machine.serial[0].output).toBe("event awake");
    expect(machine.timeNs).toBeGreaterThanOrEqual(5e6);
    expect(machine.timeNs).toBeLessThan(6e6);
    expect(machine.instructions).toBeLessThan(200);
  });

  test("the console ring goes both ways", () => {
    const machine = guestMachine(`
        movl    56(%esi), %ebp                  # console_evtchn
        movl    52(%esi), %ecx                  # console_mfn
        shll    $12, %ecx
        orl     $3, %ecx
        hypercall 14, $0x4000, , $0, $2
        movl    $0x676e6972, 0x4400             # "ring"
        movl    $4, 0x4c0c                      # out_prod
        movl    %ebp, port
        hypercall 32, $4, $port                 # send
        cmpl    $4, 0x4c08                      # out_cons
        jne     bad
        cmpl    $1, 0x4c04                      # in_prod
        jne     bad
        cmpb    $'x', 0x4000
        jne     bad
        poweroff
bad:    ud2
        .balign 4
port:   .long   0
    `);
    machine.serial[0].send(Buffer.from("x"));
    expect(machine.run()).toBe("powerOff");
    expect(machine.serial[0].output).toBe("ring");
  });
});

describe("the same again", () => {
  const BUSY = `
        movl    36(%esi), %ebp
        hypercall 4, $0xe019, $event, $0xe019, $event
        movl    %ebp, %ecx
        orl     $3, %ecx
        hypercall 14, $0x3000, , $0, $2
        hypercall 32, $1, $virq
        movb    $0, 0x3001
1:      incl    %ebp
        jmp     1b
event:  movl    $0, 0x3004
        movb    $0, 0x3000
        movl    $0, 0x3800
        print   "."
        movb    $0, 0x3001
        iret
        .balign 4
virq:   .long   0, 0, 0
  `;

  test("a run in slices is a run in one", () => {
    const whole = guestMachine(BUSY);
    whole.run({ timeNs: 95e6 });
    const sliced = guestMachine(BUSY);
    for (let at = 0; at < 95e6; at += 700_001) sliced.run({ timeNs: Math.min(at, 95e6) });
    sliced.run({ timeNs: 95e6 });
    expect(whole.serial[0].output).toBe(".........");
    expect(sliced.serial[0].output).toBe(whole.serial[0].output);
    expect([sliced.instructions, sliced.registers()]).toEqual([whole.instructions, whole.registers()]);
  });

  test("a saved domain goes on as it would have, in another machine", () => {
    const machine = guestMachine(BUSY);
    machine.run({ timeNs: 33e6 });
    const state = machine.save();
    const other = guestMachine(BUSY);
    other.restore(state);
    for (const each of [machine, other]) each.run({ timeNs: 77e6 });
    expect(other.serial[0].output).toBe(".......");
    expect(other.timeNs).toBe(machine.timeNs);
    expect(Buffer.from(other.save()).equals(machine.save())).toBe(true);
  });
});

test("a state that is not a domain's is refused", () => {
  const machine = guestMachine("nop");
  const other = guestMachine("nop", { memoryBytes: 9 << 20 });
  expect(() => other.restore(machine.save())).toThrow(/expected \d+ bytes/);
  expect(() => machine.restore(new Uint8Array(100))).toThrow(/MINISNAP/);
});

test.each([
  ["no kernel", new Uint8Array(100), /expected/],
  ["too little memory", guestElf(".skip 0x700000"), /a start that fits into 8192 KiB/],
])("%s is refused at once", (_name, kernel, message) => {
  expect(() => guestMachine("", { image: { kernel } })).toThrow(message);
});
