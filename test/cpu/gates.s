# Gates: interrupts and traps, privilege changes by interrupt, call gate, return and interrupt return, and the error codes of what
# goes wrong on the way. Source: SDM volume 3, chapters 5 and 6.

        .include "system.inc"

        .set    CALL_SAME, FREE | 0             # call gates: to ring 0 for ring 0
        .set    CALL_INNER, FREE + 8            # to ring 0 for ring 3, two words of parameters
        .set    CALL_PRIVATE, FREE + 16         # to ring 0 for ring 0 only
        .set    CALL_ABSENT, FREE + 24
        .set    CALL_TO_DATA, FREE + 32
        .set    CALL_TO_NULL, FREE + 40
        .set    CALL_CONFORMING, FREE + 48      # to conforming code
        .set    CONFORMING, FREE + 56
        .set    CODE_ABSENT, FREE + 64
        .set    CODE_SHORT, FREE + 72           # limit 0: nothing in it can run
        .set    CALL_TO_SHORT, FREE + 80
        .set    CODE_RING1, FREE + 88
        .set    CALL_RING1, FREE + 96
        .set    FLAGS_SHOWN, 0x27700            # NT IOPL IF TF VM

        .text
test:
        movl    $FLAGS_SHOWN, flags_shown
        segment CONFORMING, 0, 0xfffff, 0x9f, 0xc0
        segment CODE_ABSENT, 0, 0xfffff, 0x1b, 0xc0
        segment CODE_SHORT, 0, 0, 0x9b, 0x40
        segment CODE_RING1, 0, 0xfffff, 0xbb, 0xc0
        .macro  gate selector, target, offset, access, count=0
        movl    $\offset, %eax
        movl    $\target, %ebx
        movl    $(\access << 8) | \count, %ecx
        movl    $gdt + (\selector & ~7), %edi
        call    store_gate
        .endm
        gate    CALL_SAME, CODE0, entered, 0x8c
        gate    CALL_INNER, CODE0, entered, 0xec, 2
        gate    CALL_PRIVATE, CODE0, entered, 0x8c
        gate    CALL_ABSENT, CODE0, entered, 0x6c
        gate    CALL_TO_DATA, DATA0, entered, 0xec
        gate    CALL_TO_NULL, 0, entered, 0xec
        gate    CALL_CONFORMING, CONFORMING, entered, 0xec
        gate    CALL_TO_SHORT, CODE_SHORT, 1, 0xec
        gate    CALL_RING1, CODE_RING1, entered, 0xec

        call    say
        .asciz  "interrupts from ring 0\n"
        .macro  vector number, selector, offset, access
        movl    $\offset, %eax
        movl    $\selector, %ebx
        movl    $\access << 8, %ecx
        movl    $\number, %edx
        call    set_gate
        .endm
        vector  0x40, CODE0, stubs+0x400, 0x8e
        vector  0x41, CODE0, stubs+0x410, 0x8f
        vector  0x42, CODE0, stubs+0x420, 0x0e
        vector  0x43, DATA0, stubs+0x430, 0x8e
        vector  0x44, 0, stubs+0x440, 0x8e
        vector  0x45, OUTSIDE, stubs+0x450, 0x8e
        vector  0x46, CODE_ABSENT, stubs+0x460, 0x8e
        vector  0x47, CODE_SHORT, 1, 0x8e
        vector  0x48, CODE3, stubs+0x480, 0x8e
        vector  0x49, CODE0, stubs+0x490, 0x8c
        vector  0x4a, CONFORMING, stubs+0x4a0, 0xee
        vector  0x4b, CODE0, stubs+0x4b0, 0xee
        vector  0x4c, CODE0, stubs+0x4c0, 0x80
        .irp    number, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 3, 4, 6
        try     "int \number", int $\number
        .endr
        lidt    short_idt
        try     "int 0x40 beyond the table", int $0x40
        lidt    idt_register
        try     "int3", int3
        movl    $0x802, flags_before
        try     "into with of", into
        movl    $2, flags_before
        try     "into without", into
        try     "bound below", boundl %eax, bounds
        movl    $5, %eax
        try     "bound inside", boundl %eax, bounds
        try     "ud2", ud2
        movl    $0, %ecx
        try     "div", divl %ecx

        call    say
        .asciz  "interrupt flag\n"
        movl    $0x202, flags_before
        try     "interrupt gate", int $0x40
        try     "trap gate", int $0x41
        movl    $2, flags_before
        call    flags_inside
        cli

        call    say
        .asciz  "interrupts from ring 3\n"
        .irp    number, 0x40, 0x42, 0x4b
        try3    "int \number", int_\number
        .endr
        .irp    number, 3, 4, 13
        try3    "int \number", int_\number
        .endr
        try3    "hlt", user_hlt
        try3    "cli", user_cli
        try3    "in", user_in
        try3    "clts", user_clts
        try3    "mov cr0", user_cr0
        try3    "ud2", user_ud2
        try3    "popf of if and iopl", user_popf
        try3    "sti with iopl 0", user_sti

        call    say
        .asciz  "far calls from ring 0\n"
        .irp    selector, CALL_SAME, CALL_INNER, CALL_PRIVATE, CALL_ABSENT, CALL_TO_DATA, CALL_TO_NULL, CALL_CONFORMING, CALL_TO_SHORT, CALL_RING1, CODE0, CODE3, CODE_ABSENT, CODE_SHORT, DATA0, 0, 2, TSS|3, LDT, OUTSIDE
        try     "call \selector", lcall $\selector, $plain_return
        .endr
        .irp    selector, CALL_RING1, CALL_ABSENT, CODE0, CODE3, CONFORMING, CODE_ABSENT, DATA0
        try     "jmp \selector", ljmp $\selector, $ok
        .endr

        call    say
        .asciz  "far calls from ring 3\n"
        .irp    selector, CALL_SAME, CALL_INNER, CALL_ABSENT, CALL_TO_DATA, CALL_TO_NULL, CALL_TO_SHORT, CALL_RING1
        try3    "call \selector", user_\selector
        .endr
        try3    "call ring 0", user_ring0
        try3    "call conforming", user_conforming
        try3    "jmp to an inner gate", user_jump
        call    say
        .asciz  "stack of ring 0 in the tss\n"
        movl    $0, tss + 16
        try3    "call with no ss1", user_CALL_RING1

        call    say
        .asciz  "returns\n"
        .macro  far_return text, offset, selector, esp=0, ss=0
        pushl   $\ss
        pushl   $\esp
        pushl   $\selector
        pushl   $\offset
        try     "retf to \text", lret
        addl    $16, %esp
        .endm
        far_return "ring 0", ok, CODE0
        far_return "null", ok, 0
        far_return "ring 0 as ring 3", ok, CODE0|3
        far_return "data", ok, DATA0
        far_return "absent code", ok, CODE_ABSENT
        far_return "an empty segment", ok, CODE_SHORT
        far_return "ring 3", breakpoint, CODE3, stack3_top, DATA3
        far_return "ring 3 on ring 0's stack", breakpoint, CODE3, stack3_top, DATA0
        far_return "ring 3 without a stack", breakpoint, CODE3, stack3_top, 3
        try3    "retf to ring 0 from ring 3", user_retf
        .macro  interrupt_return text, offset, selector, flags, esp=0, ss=0
        pushl   $\ss
        pushl   $\esp
        pushl   $\flags
        pushl   $\selector
        pushl   $\offset
        try     "iret to \text", iretl
        addl    $20, %esp
        .endm
        interrupt_return "ring 0", breakpoint, CODE0, 0x3002
        interrupt_return "null", ok, 0, 2
        interrupt_return "data", ok, DATA0, 2
        interrupt_return "ring 3 with iopl 3", breakpoint, CODE3, 0x3202, stack3_top, DATA3
        interrupt_return "ring 3 with rf", breakpoint, CODE3, 0x10002, stack3_top, DATA3
        interrupt_return "ring 3 on a bad stack", breakpoint, CODE3, 2, stack3_top, DATA0
        interrupt_return "ring 3 beyond a limit", 1, CODE_SHORT, 2
        try3    "iret in ring 3 cannot raise iopl", user_iret
        movl    $DATA0, %eax
        movl    %eax, %fs
        movl    $DATA3, %eax
        movl    %eax, %gs
        try3    "segments of ring 0 are taken away", user_segments
        ret

# What INT 4Bh through an interrupt gate does to the flags.
flags_inside:
        vector  0x4d, CODE0, see_flags, 0x8e
        vector  0x4e, CODE0, see_flags, 0x8f
        pushl   $0x4202                         # NT and IF
        popfl
        int     $0x4d
        int     $0x4e
        pushfl
        popl    %eax
        andl    $FLAGS_SHOWN, %eax
        show    "after", %eax
        pushl   $2
        popfl
        ret
see_flags:
        pushfl
        popl    %eax
        andl    $FLAGS_SHOWN, %eax
        show    "inside", %eax
        iretl

# Where call gates lead: shows the stack. From ring 3 it goes back there, to an INT3.
entered:
        movl    %esp, %ebp
        pushl   %ds
        movl    $DATA0, %eax
        movl    %eax, %ds
        call    say
        .asciz  "entered, cs "
        movl    %cs, %eax
        call    put_hex
        call    say
        .asciz  " ss "
        movl    %ss, %eax
        call    put_hex
        call    say
        .asciz  " from "
        movzwl  4(%ebp), %eax
        call    put_hex
        testb   $3, 4(%ebp)
        jz      1f
        movl    %cs, %eax
        testl   $3, %eax
        jnz     1f
        call    say
        .asciz  " parameters "
        movl    8(%ebp), %eax
        call    put_hex
        call    say
        .asciz  " "
        movl    12(%ebp), %eax
        call    put_hex
        call    say
        .asciz  " ss "
        movzwl  20(%ebp), %eax
        call    put_hex
        call    say
        .asciz  ", "
        popl    %ds
        lret    $8
1:      call    say
        .asciz  ", "
        popl    %ds
        lret
plain_return:
        lret

        .irp    number, 0x40, 0x42, 0x4b, 3, 4, 13
int_\number:
        int     $\number
        int3
        .endr
        .irp    selector, CALL_SAME, CALL_ABSENT, CALL_TO_DATA, CALL_TO_NULL, CALL_TO_SHORT, CALL_RING1
user_\selector:
        lcall   $\selector, $0
        int3
        .endr
user_CALL_INNER:
        pushl   $0x2222
        pushl   $0x1111
        lcall   $CALL_INNER, $0
        int3
user_ring0:
        lcall   $CODE0, $plain_return
        int3
user_conforming:
        lcall   $CONFORMING, $plain_return
        int3
user_jump:
        ljmp    $CALL_INNER, $0
user_hlt:
        hlt
user_cli:
        cli
user_in:
        inb     $0x80, %al
user_clts:
        clts
user_cr0:
        movl    %cr0, %eax
user_ud2:
        ud2
user_popf:
        pushl   $0x3202
        popfl
        int3
user_sti:
        sti
user_retf:
        pushl   $CODE0
        pushl   $ok
        lret
user_iret:
        pushl   $0x3202
        pushl   $CODE3
        pushl   $breakpoint
        iretl
user_segments:
        movl    %fs, %eax
        movl    %gs, %ebx
        testl   %eax, %eax
        jnz     1f
        int3
1:      int     $4
breakpoint:
        int3

        .data
        .balign 4
bounds: .long   3, 8
short_idt:
        .word   0x40 * 8 - 1
        .long   idt
