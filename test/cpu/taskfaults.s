# Tasks that cannot be entered as their state says: each fault comes in the new task, whose stack may not be loaded yet.
# Source: SDM volume 3, 8.3 and table 8-1.

        .include "system.inc"

        .set    TSS_A, FREE
        .set    ABSENT_CODE, FREE + 8
        .set    ABSENT_DATA, FREE + 16
        .set    ABSENT_LDT, FREE + 24
        .set    CONFORMING, FREE + 32
        .set    READ_ONLY, FREE + 40
        .set    SHORT_CODE, FREE + 48
        .set    CONFORMING_3, FREE + 56
        .set    BIT_7, 0x80000000
        .set    EIP, 32
        .set    EFLAGS, 36
        .set    ESP, 56
        .set    ES, 72
        .set    CS, 76
        .set    SS, 80
        .set    DS, 84
        .set    FS, 88
        .set    GS, 92
        .set    LDTR, 96
        .set    VM, 0x20000
        .set    BUSY, 0x200

        .text
test:
        movl    $0x27700, flags_shown
        segment TSS_A, task, 103, 0x89, 0
        segment ABSENT_CODE, 0, 0xfffff, 0x1b, 0xc0
        segment ABSENT_DATA, 0, 0xfffff, 0x13, 0xc0
        segment ABSENT_LDT, ldt, 63, 0x02, 0
        segment CONFORMING, 0, 0xfffff, 0x9f, 0xc0
        segment READ_ONLY, 0, 0xfffff, 0x91, 0xc0
        segment SHORT_CODE, 0, 0x10, 0x9b, 0x40
        segment CONFORMING_3, 0, 0xfffff, 0xff, 0xc0

        .macro  bad text, changes:vararg
        call    new_task
        .ifnb   \changes
        set     \changes
        .endif
        call    say
        .asciz  "\text: "
        movl    $1f, resume
        movl    %esp, saved_stack
        movl    $fresh_task, attempt
        ljmp    $TSS_A, $0
1:      call    back_to_first
        .endm
        .macro  set field, value, more:vararg
        movl    $\value, task + \field
        .ifnb   \more
        set     \more
        .endif
        .endm

        bad     "nothing"
        call    say
        .asciz  "ldtr\n"
        bad     "null", LDTR, 0
        bad     "data", LDTR, DATA0
        bad     "outside", LDTR, OUTSIDE
        bad     "in the ldt", LDTR, LDT+4
        bad     "not present", LDTR, ABSENT_LDT
        bad     "data, to ring 3", LDTR, DATA0, CS, CODE3, SS, DATA3
        bad     "and ss and cs", LDTR, DATA0, CS, DATA0, SS, CODE0
        call    say
        .asciz  "cs\n"
        bad     "null", CS, 0
        bad     "data", CS, DATA0
        bad     "outside", CS, OUTSIDE
        bad     "tss", CS, TSS
        bad     "rpl 3 for dpl 0", CS, CODE0+3
        bad     "rpl 3 for dpl 0, ss of ring 3", CS, CODE0+3, SS, DATA3
        bad     "not present", CS, ABSENT_CODE
        bad     "beyond the limit", CS, SHORT_CODE
        bad     "conforming", CS, CONFORMING
        bad     "conforming with rpl 3", CS, CONFORMING+3, SS, DATA3
        bad     "conforming of dpl 3 with rpl 0", CS, CONFORMING_3
        bad     "rpl 0 for dpl 3", CS, CODE3-3
        bad     "rpl 1", CS, CODE0+1
        call    say
        .asciz  "ss\n"
        bad     "null", SS, 0
        bad     "code", SS, CODE0
        bad     "outside", SS, OUTSIDE
        bad     "tss", SS, TSS
        bad     "read-only", SS, READ_ONLY
        bad     "not present", SS, ABSENT_DATA
        bad     "rpl 3", SS, DATA0+3
        bad     "dpl 3", SS, DATA3-3
        bad     "and cs", SS, 0, CS, 0
        bad     "and ds", SS, 0, DS, TSS
        call    say
        .asciz  "data\n"
        bad     "tss in ds", DS, TSS
        bad     "outside in gs", GS, OUTSIDE
        bad     "not present in fs", FS, ABSENT_DATA
        bad     "dpl 0 in es, ring 3", ES, DATA0, CS, CODE3, SS, DATA3
        bad     "and cs", DS, TSS, CS, 0
        bad     "two", ES, TSS, GS, OUTSIDE
        bad     "ds and es", DS, DATA0+3, ES, OUTSIDE
        call    say
        .asciz  "virtual-8086\n"
        bad     "anything goes", EFLAGS, VM|2, CS, 0x1000, SS, 0x2000, DS, 0xffff, ES, 0x1235, EIP, 0
        bad     "but ldtr", EFLAGS, VM|2, CS, 0x1000, SS, 0x2000, LDTR, DATA0
        bad     "eip beyond 64 KiB", EFLAGS, VM|2, CS, 0x1000, SS, 0x2000, EIP, 0x10000
        ret

# A fresh task at `fresh_task`.
new_task:
        pushal
        movl    $task, %edi
        xorl    %eax, %eax
        movl    $26, %ecx
        cld
        rep stosl
        movw    $0x0b0f, 0x10000                # UD2 for virtual-8086 mode
        movl    $fresh_task, task + EIP
        movl    $0x2, task + EFLAGS
        movl    $stack3_top, task + ESP
        movl    $stack0_top, task + 4           # ESP0, SS0
        movl    $DATA0, task + 8
        movl    $CODE0, task + CS
        movl    $DATA0, task + SS
        movl    $DATA0, task + DS
        movl    $DATA0, task + ES
        movl    $LDT, task + LDTR
        andl    $~BUSY, gdt + TSS_A + 4
        popal
        ret

fresh_task:
        ud2

# After a fault in the new task: back into the first one's state, by hand.
back_to_first:
        andl    $~BUSY, gdt + TSS + 4
        movl    $TSS, %eax
        ltr     %ax
        movl    $LDT, %eax
        lldt    %ax
        clts
        ret

        .bss
        .balign 4
task:   .skip   104
