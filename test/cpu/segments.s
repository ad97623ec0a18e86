# Segment registers: what can be loaded, what the limits, types and privileges allow. Source: SDM volume 3, chapters 3 and 5.

        .include "system.inc"

        .set    BYTES_16, FREE                  # data, 16 bytes
        .set    PAGES_2, FREE + 8               # data, limit 1 in pages: 8 KiB
        .set    DOWN_16, FREE + 16              # expand-down, from 100h to FFFFh
        .set    DOWN_32, FREE + 24              # expand-down, from 100h to FFFFFFFFh
        .set    READ_ONLY, FREE + 32
        .set    ABSENT, FREE + 40
        .set    CODE_READABLE, FREE + 48
        .set    CODE_HIDDEN, FREE + 56          # execute only
        .set    CODE_CONFORMING, FREE + 64
        .set    GATE, FREE + 72
        .set    EMPTY, FREE + 80
        .set    FRESH, FREE + 88                # not yet accessed
        .set    DATA_DPL3, FREE + 96
        .set    STACK_16, FREE + 104            # 16 bytes of stack for ring 3
        .set    LDT_DATA, 0x04                  # in the LDT
        .set    LDT_OUTSIDE, 8 * 8 | 4

        .text
test:
        movl    $0, flags_shown                 # flags matter elsewhere
        segment BYTES_16, buffer, 15, 0x93
        segment PAGES_2, buffer, 1, 0x93, 0xc0
        segment DOWN_16, buffer, 0xff, 0x97, 0x00
        segment DOWN_32, buffer, 0xff, 0x97, 0x40
        segment READ_ONLY, buffer, 0xfff, 0x91
        segment ABSENT, buffer, 0xfff, 0x13
        segment CODE_READABLE, buffer, 0xfff, 0x9b
        segment CODE_HIDDEN, buffer, 0xfff, 0x99
        segment CODE_CONFORMING, 0, 0xfffff, 0x9f, 0xc0
        segment GATE, 0x80000, 0x1234, 0x8c
        segment FRESH, buffer, 0xfff, 0x92
        segment DATA_DPL3, buffer, 0xfff, 0xf3
        segment STACK_16, buffer, 15, 0xf3
        movl    $buffer, %eax
        movl    $31, %ebx
        movl    $0x9340, %ecx
        movl    $ldt, %edi
        call    store_descriptor

        .irp    register, ds, ss
        .irp    selector, 0, 3, BYTES_16, BYTES_16|3, READ_ONLY, ABSENT, CODE_READABLE, CODE_HIDDEN, CODE_CONFORMING, GATE, EMPTY, OUTSIDE, OUTSIDE|1, DATA_DPL3, DATA_DPL3|3, LDT_DATA, LDT_OUTSIDE, TSS, LDT
        movl    $\selector, %eax
        try     "mov \selector to \register", movl %eax, %\register
        .endr
        .endr
        movl    $CODE0, %eax
        try     "mov to cs", .byte 0x8e, 0xc8

        show    "fresh before", gdt + FRESH + 4
        movl    $FRESH, %eax
        movl    %eax, %es
        show    "fresh after", gdt + FRESH + 4

        call    say
        .asciz  "limits of 16 bytes\n"
        movl    $BYTES_16, %eax
        movl    %eax, %fs
        movl    %eax, %es
        .irp    offset, 0, 15, 16, -1
        movl    $BYTES_16, %eax
        movl    %eax, %fs
        try     "read a byte at \offset", movb %fs:\offset, %al
        .endr
        .irp    offset, 14, 15, 16
        movl    $BYTES_16, %eax
        movl    %eax, %fs
        try     "read a word at \offset", movw %fs:\offset, %ax
        .endr
        .irp    offset, 12, 13, 0xfffffffe
        movl    $BYTES_16, %eax
        movl    %eax, %fs
        try     "write a doubleword at \offset", movl %eax, %fs:\offset
        .endr
        .irp    offset, 8, 9
        movl    $BYTES_16, %eax
        movl    %eax, %fs
        try     "cmpxchg8b at \offset", cmpxchg8b %fs:\offset
        .endr
        movl    $BYTES_16, %eax
        movl    %eax, %es
        movl    $14, %edi
        movl    $5, %ecx
        try     "rep stosb over the end", rep stosb
        show    "ecx", %ecx
        show    "edi", %edi

        call    say
        .asciz  "limits in pages\n"
        .irp    offset, 0x1fff, 0x2000
        movl    $PAGES_2, %eax
        movl    %eax, %fs
        try     "read a byte at \offset", movb %fs:\offset, %al
        .endr
        .irp    offset, 0x1ffc, 0x1ffd
        movl    $PAGES_2, %eax
        movl    %eax, %fs
        try     "read a doubleword at \offset", movl %fs:\offset, %eax
        .endr

        call    say
        .asciz  "expand-down\n"
        .irp    offset, 0xff, 0x100, 0xfffe, 0xffff, 0x10000
        movl    $DOWN_16, %eax
        movl    %eax, %fs
        try     "16-bit: read a word at \offset", movw %fs:\offset, %ax
        .endr
        .irp    offset, 0xff, 0x100, 0x10000
        movl    $DOWN_32, %eax
        movl    %eax, %fs
        try     "32-bit: read a word at \offset", movw %fs:\offset, %ax
        .endr

        call    say
        .asciz  "types\n"
        movl    $READ_ONLY, %eax
        movl    %eax, %fs
        try     "read from read-only data", movl %fs:0, %eax
        movl    $READ_ONLY, %eax
        movl    %eax, %fs
        try     "write to read-only data", movl %eax, %fs:0
        movl    $READ_ONLY, %eax
        movl    %eax, %fs
        try     "add to read-only data", addl %eax, %fs:0
        movl    $READ_ONLY, %eax
        movl    %eax, %fs
        try     "compare with read-only data", cmpl %eax, %fs:0
        movl    $CODE_READABLE, %eax
        movl    %eax, %fs
        try     "read from readable code", movl %fs:0, %eax
        movl    $CODE_READABLE, %eax
        movl    %eax, %fs
        try     "write to readable code", movl %eax, %fs:0
        try     "write through cs", movl %eax, %cs:buffer
        xorl    %eax, %eax
        movl    %eax, %fs
        try     "read through a null selector", movl %fs:0, %eax

        call    say
        .asciz  "stack of 16 bytes\n"
        .irp    top, 4, 3, 16, 19, 20, 0
        try3    "push with esp \top", push_and_break, STACK_16|3, \top
        .endr
        .irp    top, 12, 13, 16
        try3    "pop with esp \top", pop_and_break, STACK_16|3, \top
        .endr
        try3    "call with esp 3", call_and_break, STACK_16|3, 3
        try3    "pusha with esp 16", pusha_and_break, STACK_16|3, 16
        try3    "enter with esp 8", enter_and_break, STACK_16|3, 8

        call    say
        .asciz  "lar, lsl, verr, verw\n"
        .irp    selector, 0, CODE0, DATA0, CODE3, DATA3, TSS, LDT, BYTES_16, PAGES_2, DOWN_16, READ_ONLY, ABSENT, CODE_READABLE, CODE_HIDDEN, CODE_CONFORMING, GATE, EMPTY, OUTSIDE, LDT_DATA, DATA_DPL3|3, BYTES_16|3
        call    say
        .asciz  "\selector:"
        movl    $\selector, %eax
        call    inspect
        .endr
        ret

push_and_break:
        pushl   %eax
        int3
pop_and_break:
        popl    %eax
        int3
call_and_break:
        call    1f
1:      int3
pusha_and_break:
        pushal
        int3
enter_and_break:
        enter   $4, $0
        int3

# Prints what LAR, LSL, VERR and VERW say about selector EAX.
inspect:
        movl    %eax, %esi
        movl    $0x5a5a5a5a, %ebx
        larl    %esi, %ebx
        call    zero_flag
        movl    %ebx, %eax
        call    put_hex
        movl    $0x5a5a5a5a, %ebx
        lsll    %esi, %ebx
        call    zero_flag
        movl    %ebx, %eax
        call    put_hex
        verr    %si
        call    zero_flag
        verw    %si
        call    zero_flag
        call    say
        .asciz  "\n"
        ret

zero_flag:
        jz      1f
        call    say
        .asciz  " no "
        ret
1:      call    say
        .asciz  " yes "
        ret

        .bss
        .balign 16
buffer: .skip   0x10000
