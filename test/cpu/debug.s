# Single steps and the resume flag. Source: SDM volume 3, chapter 17.

        .include "system.inc"

        .set    TF, 0x100
        .set    RF, 0x10000

        .text
test:
        movl    $TF | RF, flags_shown
        call    say
        .asciz  "single step\n"
        movl    $TF | 2, flags_before
        .macro  step text, instruction:vararg
        xorl    %ecx, %ecx
        movl    %ecx, %dr6
        movl    $3, %ecx
        movl    $buffer, %edi
        movl    %edi, %esi
        try     "\text", \instruction
        movl    %dr6, %eax
        andl    $0xe00f, %eax
        show    "dr6", %eax
        .endm
        step    "nop", nop
        step    "jmp", jmp ok
        step    "rep movsb, one at a time", rep movsb
        step    "int3", int3
        step    "int 0x40", int $0x40
        step    "ud2", ud2
        step    "div by zero", divl zero
        step    "popf that clears tf", call clear_tf
        step    "mov from dr7", movl %dr7, %eax
        step    "pushf", pushfl
        movl    $2, flags_before
        step    "popf that sets tf", call set_tf
        call    say
        .asciz  "steps over mov ss\n"
        movl    $TF | 2, flags_before
        movl    $DATA0, %eax
        step    "mov ss, then a nop", call mov_ss
        movl    $2, flags_before

        call    say
        .asciz  "resume flag\n"                 # set in what a fault pushes, clear in what a trap pushes
        try     "fault", ud2
        try     "trap", int3
        try     "software interrupt", int $0x40

        ret

clear_tf:
        pushl   $2
        popfl
        ret
set_tf:
        pushl   $TF | 2
        popfl
        nop
        ret
mov_ss:
        movl    %eax, %ss
        nop
        nop
        ret

        .bss
        .balign 16
buffer: .skip   64
zero:   .skip   4
