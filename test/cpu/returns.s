# Far returns and IRET to an outer ring when more than one thing is wrong: what is looked at first.
# Source: SDM volume 2, RET and IRET.

        .include "system.inc"

        .set    SMALL, FREE                     # a stack of EDGE bytes
        .set    EDGE, 4096
        .set    SHORT, FREE + 8 | 3             # code of ring 3 with 16 bytes
        .set    ABSENT3, FREE + 16 | 3
        .set    ABSENT_STACK, FREE + 24 | 3
        .set    READ_ONLY, FREE + 32 | 3
        .set    CONFORMING, FREE + 40

        .text
test:
        movl    $0x7700, flags_shown
        segment SMALL, small_stack, EDGE - 1, 0x92, 0x40
        segment SHORT & ~3, 0, 15, 0xfa, 0x40
        segment ABSENT3 & ~3, 0, 0xfffff, 0x7a, 0xc0
        segment ABSENT_STACK & ~3, 0, 0xfffff, 0x72, 0xc0
        segment READ_ONLY & ~3, 0, 0xfffff, 0xf0, 0xc0
        segment CONFORMING, 0, 0xfffff, 0x9e, 0xc0

        .macro  lret8
        lret    $8
        .endm
        .macro  lret7ff0
        lret    $0x7ff0
        .endm
        # What lies at the top of the stack: EIP, CS, and what else the instruction takes.
        .macro  frame text, instruction, room, words:vararg
        call    say
        .asciz  "\text: "
        movl    %esp, saved_stack
        movl    %esp, tss + 4
        movl    $7f, resume
        movl    $user, attempt
        movl    $SMALL, %eax
        movl    %eax, %ss
        movl    $EDGE, %esp
        place   \words
        movl    $EDGE - \room, %esp
        \instruction
7:      movl    $DATA0, %eax
        movl    %eax, %ss
        movl    saved_stack, %esp
        .endm
        .macro  place word, more:vararg
        .ifnb   \more
        place   \more
        .endif
        pushl   $\word
        .endm

        call    say
        .asciz  "lret\n"
        frame   "to ring 3", lret, 16, user, CODE3, stack3_top, DATA3
        frame   "no ss on the stack", lret, 12, user, CODE3, stack3_top
        frame   "no esp on the stack", lret, 8, user, CODE3
        frame   "no cs on the stack", lret, 4, user
        frame   "nothing on the stack", lret, 0, user
        frame   "beyond the limit, no esp", lret, 8, 16, SHORT
        frame   "beyond the limit, ss null", lret, 16, 16, SHORT, stack3_top, 0
        frame   "beyond the limit", lret, 16, 16, SHORT, stack3_top, DATA3
        frame   "cs not present, no esp", lret, 8, user, ABSENT3
        frame   "cs data, no esp", lret, 8, user, DATA3
        frame   "cs of ring 0 with rpl 3, no esp", lret, 8, user, CODE0+3
        frame   "cs null, no esp", lret, 8, user, 3
        frame   "cs outside, no esp", lret, 8, user, OUTSIDE+3
        frame   "ss null", lret, 16, user, CODE3, stack3_top, 0
        frame   "ss null with rpl 3", lret, 16, user, CODE3, stack3_top, 3
        frame   "ss of ring 0", lret, 16, user, CODE3, stack3_top, DATA0
        frame   "ss rpl 0", lret, 16, user, CODE3, stack3_top, DATA3-3
        frame   "ss code", lret, 16, user, CODE3, stack3_top, CODE3
        frame   "ss read-only", lret, 16, user, CODE3, stack3_top, READ_ONLY
        frame   "ss not present", lret, 16, user, CODE3, stack3_top, ABSENT_STACK
        frame   "ss outside", lret, 16, user, CODE3, stack3_top, OUTSIDE+3
        frame   "conforming, rpl 3", lret, 16, user, CONFORMING+3, stack3_top, DATA3
        call    say
        .asciz  "lret 8\n"
        frame   "to ring 3", lret8, 24, user, CODE3, 1, 2, stack3_top, DATA3
        frame   "no ss on the stack", lret8, 20, user, CODE3, 1, 2, stack3_top
        frame   "no esp on the stack", lret8, 16, user, CODE3, 1, 2
        frame   "arguments beyond the stack", lret8, 8, user, CODE3
        frame   "arguments far beyond the stack", lret7ff0, 8, user, CODE3
        frame   "beyond the limit, no esp", lret8, 8, 16, SHORT
        call    say                             # SS not present is #SS in the manual, and #NP in Bochs
        .asciz  "iret\n"
        frame   "to ring 3", iretl, 20, user, CODE3, 2, stack3_top, DATA3
        frame   "no ss on the stack", iretl, 16, user, CODE3, 2, stack3_top
        frame   "no esp on the stack", iretl, 12, user, CODE3, 2
        frame   "no flags on the stack", iretl, 8, user, CODE3
        frame   "cs null, no flags", iretl, 8, user, 0
        frame   "beyond the limit, no esp", iretl, 12, 16, SHORT, 2
        frame   "beyond the limit, ss null", iretl, 20, 16, SHORT, 2, stack3_top, 0
        frame   "cs not present, no esp", iretl, 12, user, ABSENT3, 2
        frame   "cs of ring 0 with rpl 3, no esp", iretl, 12, user, CODE0+3, 2
        frame   "ss null", iretl, 20, user, CODE3, 2, stack3_top, 0
        frame   "to virtual-8086 mode, frame beyond the stack", iretl, 20, 0, 0, 0x20002, 0, 0
        ret

user:   movw    %ss, %ax
        ud2

        .bss
        .balign 16
small_stack:
        .skip   EDGE
