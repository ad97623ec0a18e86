# Tasks: switches by jump, call, interrupt and return; what is saved, what is loaded, and what happens when it can't be.
# And the I/O permission bitmap, which lives in the task state. Source: SDM volume 3, chapter 8; volume 1, chapter 19.

        .include "system.inc"

        .set    TSS_A, FREE
        .set    TSS_ABSENT, FREE + 8
        .set    TSS_SMALL, FREE + 16            # limit too low
        .set    TSS_16, FREE + 24
        .set    TASK_GATE, FREE + 32
        .set    TASK_GATE_3, FREE + 40          # for ring 3
        .set    TASK_GATE_BAD, FREE + 48        # to a data segment
        .set    BACK_LINK, 0
        .set    CR3, 28
        .set    EIP, 32
        .set    EFLAGS, 36
        .set    EAX, 40
        .set    ECX, 44
        .set    EDX, 48
        .set    EBX, 52
        .set    ESP, 56
        .set    EBP, 60
        .set    ESI, 64
        .set    EDI, 68
        .set    ES, 72
        .set    CS, 76
        .set    SS, 80
        .set    DS, 84
        .set    FS, 88
        .set    GS, 92
        .set    LDTR, 96
        .set    DEBUG_TRAP, 100
        .set    BITMAP, 102
        .set    NT, 0x4000
        .set    BUSY, 0x200                     # in the second word of the descriptor

        .text
test:
        movl    $0x27700, flags_shown
        segment TSS_A, task, 103, 0x89, 0
        segment TSS_ABSENT, task, 103, 0x09, 0
        segment TSS_SMALL, task, 102, 0x89, 0
        segment TSS_16, task_16, 43, 0x81, 0
        .macro  gate selector, target, access
        movl    $0, %eax
        movl    $\target, %ebx
        movl    $\access << 8, %ecx
        movl    $gdt + \selector, %edi
        call    store_gate
        .endm
        gate    TASK_GATE, TSS_A, 0x85
        gate    TASK_GATE_3, TSS_A, 0xe5
        gate    TASK_GATE_BAD, DATA0, 0x85

        call    say
        .asciz  "call and return\n"
        call    new_task
        movl    $0x01020304, %ebx
        stc
        lcall   $TSS_A, $0
        call    after_switch
        lcall   $TSS_A, $0                      # once more: the task goes on behind its IRET
        call    after_switch
        lcall   $TASK_GATE, $0
        call    after_switch

        call    say
        .asciz  "jump there and back\n"
        call    new_task
        movl    $jumping_task, task + EIP
        ljmp    $TSS_A, $0
        call    after_switch

        call    say
        .asciz  "interrupt\n"
        call    new_task
        movl    $0, %eax
        movl    $TSS_A, %ebx
        movl    $0x8500, %ecx
        movl    $0x50, %edx
        call    set_gate
        int     $0x50
        call    after_switch
        movl    $idt + 13 * 8, %edi             # a fault as a task: the error code is on its stack
        pushl   (%edi)
        pushl   4(%edi)
        pushl   %edi
        movl    $0, %eax
        movl    $TSS_A, %ebx
        movl    $0x8500, %ecx
        call    store_gate
        call    new_task
        movl    $fault_task, task + EIP
        movl    $faulted, resume
        movl    $0x1234, %eax
        movl    %eax, %fs
faulted:
        popl    %edi
        popl    4(%edi)
        popl    (%edi)
        call    after_switch

        call    say
        .asciz  "what can't be switched to\n"
        .irp    selector, TSS_ABSENT, TSS_SMALL, TASK_GATE_BAD, TSS
        call    new_task
        try     "call \selector", lcall $\selector, $0
        try     "jmp \selector", ljmp $\selector, $0
        .endr
        call    new_task
        pushl   $NT | 2
        popfl
        movl    $0, tss + BACK_LINK
        try     "iret without nt", nop
        .macro  nested text, link
        movl    $\link, tss + BACK_LINK
        movl    $NT | 2, flags_before
        try     "iret with nt to \text", iretl
        movl    $2, flags_before
        .endm
        nested  "null", 0
        nested  "data", DATA0
        nested  "a task that is not busy", TSS_A
        nested  "the LDT", LDT

        call    say
        .asciz  "what can't be loaded\n"        # the fault comes in the new task
        .macro  bad text, field, value, cs=CODE0, ss=DATA0
        call    new_task
        movl    $\cs, task + CS
        movl    $\ss, task + SS
        movl    $\value, task + \field
        call    say
        .asciz  "\text: "
        movl    $1f, resume
        movl    %esp, saved_stack
        movl    $fresh_task, attempt
        ljmp    $TSS_A, $0
1:      call    back_to_first
        .endm
        bad     "code in ss", SS, CODE3, CODE3  # in ring 3, where the handler gets a stack all the same
        bad     "ss of ring 0", SS, DATA0, CODE3
        bad     "null in ss", SS, 0, CODE3
        bad     "tss in ds", DS, TSS
        bad     "nothing in es", ES, OUTSIDE
        bad     "null in fs", FS, 0

        call    say
        .asciz  "16-bit task\n"
        movl    $TSS_A, %eax
        movl    $0, %ecx
        movw    $task16_start - _start + 12, task_16 + 14
        movw    $2, task_16 + 16
        movl    $0xffff, %ebx
        segment CODE16_SELECTOR, 0x100000, 0xffff, 0x9b, 0x40
        movw    $CODE16_SELECTOR, task_16 + 36
        movw    $DATA0, task_16 + 38
        movw    $DATA0, task_16 + 40
        movw    $DATA0, task_16 + 34
        movw    $0x7000, task_16 + 26
        movw    $LDT, task_16 + 42
        movl    $0x5555aaaa, %edx
        lcall   $TSS_16, $0
        show    "back, its dx", "task_16 + 22"

        call    say
        .asciz  "I/O permissions\n"
        movw    $104, tss + BITMAP
        movw    $104 + 33, %ax                  # ports 0 to 255, and the byte of ones behind
        movl    $tss, %eax
        movl    $104 + 32, %ebx
        movl    $0x8900, %ecx
        movl    $TSS, %edx
        call    set_descriptor
        movl    $TSS, %eax
        ltr     %ax
        movl    $bitmap_end - bitmap, %ecx
        movl    $bitmap, %esi
        movl    $tss + 104, %edi
        cld
        rep movsb
        .irp    port, 0x80, 0x81, 0x87, 0x88, 0xff
        try3    "in \port", in_\port
        .endr
        try3    "inw 0x80", inw_0x80
        try3    "inw 0x86", inw_0x86
        try3    "inl 0x80", inl_0x80
        try3    "inl 0x84", inl_0x84
        try3    "inw 0xff, beyond the end", inw_0xff
        try3    "in 0x100 by dx", in_0x100
        movl    $fetch_flags, %eax
        try3    "outsb", outsb_0x81
        ret

        .set    CODE16_SELECTOR, FREE + 56

# A fresh task at `fresh_task`, with a value in every register.
new_task:
        pushal
        movl    $task, %edi
        xorl    %eax, %eax
        movl    $26, %ecx
        cld
        rep stosl
        movl    $fresh_task, task + EIP
        movl    $0x2, task + EFLAGS
        movl    $0xa0a0a0a0, task + EAX
        movl    $0xc0c0c0c0, task + ECX
        movl    $0xd0d0d0d0, task + EDX
        movl    $0xb0b0b0b0, task + EBX
        movl    $stack0_top, task + ESP
        movl    $stack0_top, task + 4           # ESP0, SS0
        movl    $DATA0, task + 8
        movl    $0x05050505, task + ESI
        movl    $0x0d0d0d0d, task + EDI
        movl    $CODE0, task + CS
        movl    $DATA0, task + SS
        movl    $DATA0, task + DS
        movl    $DATA0, task + ES
        movl    $LDT, task + LDTR
        movw    $104, task + BITMAP
        andl    $~BUSY, gdt + TSS_A + 4
        popal
        ret

fresh_task:
        call    show_task
        iretl
        call    show_task
        iretl
        call    show_task
        iretl

jumping_task:
        call    show_task
        andl    $~BUSY, gdt + TSS + 4
        ljmp    $TSS, $0

fault_task:
        popl    %eax
        call    show_task
        movl    $faulted, tss + EIP             # the faulting instruction would only fault again
        iretl

# What the new task finds.
show_task:
        pushfl
        call    say
        .asciz  " task: eax "
        call    put_hex
        movl    %ebx, %eax
        call    say
        .asciz  " ebx "
        call    put_hex
        popl    %eax
        andl    $NT | 0x200, %eax
        call    say
        .asciz  " flags "
        call    put_hex
        strl    %eax
        andl    $0xffff, %eax
        call    say
        .asciz  " tr "
        call    put_hex
        movzwl  task + BACK_LINK, %eax
        call    say
        .asciz  " back link "
        call    put_hex
        movl    %cr0, %eax
        andl    $8, %eax
        call    say
        .asciz  " ts "
        call    put_hex
        call    say
        .asciz  " busy "
        call    put_busy
        call    say
        .asciz  "\n"
        movl    $0x7a7a7a7a, %eax
        movl    $0x7b7b7b7b, %ebx
        clts
        ret

put_busy:
        movl    gdt + TSS + 4, %eax
        shrl    $9, %eax
        andl    $1, %eax
        call    put_hex
        movl    gdt + TSS_A + 4, %eax
        shrl    $9, %eax
        andl    $1, %eax
        call    put_hex
        ret

# What the first task finds when it is back.
after_switch:
        pushfl
        pushl   %eax
        call    say
        .asciz  " back: tr "
        strl    %eax
        andl    $0xffff, %eax
        call    put_hex
        call    say
        .asciz  " busy "
        call    put_busy
        popl    %eax
        popl    %eax
        andl    $NT, %eax
        call    say
        .asciz  " nt "
        call    put_hex
        call    say
        .asciz  " saved eax "
        movl    task + EAX, %eax
        call    put_hex
        call    say
        .asciz  " flags "
        movl    task + EFLAGS, %eax
        andl    $NT, %eax
        call    put_hex
        call    say
        .asciz  "\n"
        clts
        ret

# After a fault in the new task: back into the first one's state, by hand.
back_to_first:
        andl    $~BUSY, gdt + TSS + 4
        movl    $TSS, %eax
        ltr     %ax
        movl    $LDT, %eax
        lldt    %ax
        clts
        ret

task16_start:
        movl    $DATA0, %eax
        movl    %eax, %ds
        strw    %bx
        movw    $0x1616, %dx
        iretl

        .irp    port, 0x80, 0x81, 0x87, 0x88, 0xff
in_\port:
        inb     $\port, %al
        int3
        .endr
inw_0x80:
        inw     $0x80, %ax
        int3
inw_0x86:
        inw     $0x86, %ax
        int3
inl_0x80:
        inl     $0x80, %eax
        int3
inl_0x84:
        inl     $0x84, %eax
        int3
inw_0xff:
        inw     $0xff, %ax
        int3
in_0x100:
        movl    $0x100, %edx
        inb     %dx, %al
        int3
outsb_0x81:
        movl    $0x81, %edx
        movl    $bitmap, %esi
        outsb   %ds:(%esi), %dx
        int3
fetch_flags:
        ret

        .data
bitmap: .fill   16, 1, 0xff
        .byte   0x02                            # ports 80h and 82h to 87h are free, 81h is not
        .fill   14, 1, 0xff
        .byte   0x7f                            # FFh is free
        .byte   0xff
bitmap_end:

        .bss
        .balign 4
task:   .skip   104
task_16:
        .skip   44
        .balign 4
        .skip   4096
