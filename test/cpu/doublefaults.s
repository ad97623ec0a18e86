# An exception while another is delivered: which pairs are delivered one after the other, which make a double fault.
# Source: SDM volume 3, 6.15, interrupt 8, tables 6-4 and 6-5.

        .include "system.inc"

        .set    ABSENT, FREE                    # a data segment
        .set    AC, 0x40000
        .set    PAGE_TABLES, 0x200000           # for paging: a directory and a table for the first 4 MiB
        .set    HOLE, 0x300000

        .text
test:
        movl    $0x7f00, flags_shown
        segment ABSENT, 0, 0xfffff, 0x12, 0xc0
        movl    $HOLE >> 12, %ebx               # identity, but for one page
        xorl    %eax, %eax
1:      movl    %eax, %ecx
        shll    $12, %ecx
        orl     $7, %ecx
        cmpl    %eax, %ebx
        jne     2f
        xorl    %ecx, %ecx
2:      movl    %ecx, PAGE_TABLES + 0x1000(,%eax,4)
        incl    %eax
        cmpl    $1024, %eax
        jb      1b
        movl    $PAGE_TABLES + 0x1007, PAGE_TABLES
        movl    $PAGE_TABLES, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0

        .macro  spoil vector, low, high
        movl    idt + \vector * 8, %eax
        movl    %eax, kept
        movl    idt + \vector * 8 + 4, %eax
        movl    %eax, kept + 4
        movl    $\low, idt + \vector * 8
        movl    $\high, idt + \vector * 8 + 4
        .endm
        .macro  restore vector
        movl    kept, %eax
        movl    %eax, idt + \vector * 8
        movl    kept + 4, %eax
        movl    %eax, idt + \vector * 8 + 4
        .endm
        .macro  both text, vector, instruction:vararg
        spoil   \vector, 0x00080000, 0x0e00
        prepare
        try     "\text, gate not present", \instruction
        restore \vector
        spoil   \vector, 0, 0xee00
        prepare
        try     "\text, null selector", \instruction
        restore \vector
        spoil   \vector, OUTSIDE << 16, 0xee00
        prepare
        try     "\text, selector outside", \instruction
        restore \vector
        spoil   \vector, TSS << 16, 0x8500
        prepare
        try     "\text, a busy task", \instruction
        restore \vector
        spoil   \vector, 0x00080000, 0xe200
        prepare
        try     "\text, no gate", \instruction
        restore \vector
        .endm
        .macro  prepare
        xorl    %edx, %edx
        xorl    %ecx, %ecx
        movl    $bounds, %ebx
        movl    $OUTSIDE, %eax
        movl    $ABSENT, %esi
        .endm
        both    "divide", 0, divl %ecx
        both    "int3", 3, int3
        both    "int1", 1, .byte 0xf1
        both    "int 3 in two bytes", 3, .byte 0xcd, 3
        both    "int 13", 13, int $13
        both    "int 64", 64, int $64
        both    "bound", 5, boundl %eax, (%ebx)
        both    "undefined", 6, ud2
        both    "not present", 11, movl %esi, %ds
        both    "stack", 12, movl %esi, %ss
        both    "protection", 13, movl %eax, %ds
        both    "page", 14, movl HOLE, %eax
        movl    %cr0, %eax
        orl     $8, %eax
        movl    %eax, %cr0
        both    "no x87", 7, fnop
        clts
        movl    $0x102, flags_before
        both    "step", 1, nop
        movl    $2, flags_before

        call    say
        .asciz  "page faults\n"                 # the table of vectors crosses into the hole from vector 10 on
        movl    $idt, %esi
        movl    $HOLE - 10 * 8, %edi
        movl    $20, %ecx
        cld
        rep movsl
        lidt    crossing
        prepare
        try     "divide is delivered", divl %ecx
        movl    $HOLE - 16 * 8, %edi            # from vector 16 on
        movl    $idt, %esi
        movl    $32, %ecx
        rep movsl
        lidt    crossing16
        prepare
        try     "int 64", int $64
        prepare
        try     "int 16", int $16
        movl    $HOLE - 13 * 8, %edi            # vectors 13 and 14 in the hole: a double fault
        movl    $idt, %esi
        movl    $26, %ecx
        rep movsl
        lidt    crossing13
        prepare
        try     "protection", movl %eax, %ds
        prepare
        try     "page", movl HOLE, %eax
        prepare
        try     "int 13", int $13
        lidt    idt_register
        movl    %cr0, %eax
        andl    $0x7fffffff, %eax
        movl    %eax, %cr0
        ret

        .data
        .balign 4
bounds: .long   0, 1
kept:   .long   0, 0
crossing:
        .word   256 * 8 - 1
        .long   HOLE - 10 * 8
crossing16:
        .word   256 * 8 - 1
        .long   HOLE - 16 * 8
crossing13:
        .word   256 * 8 - 1
        .long   HOLE - 13 * 8
