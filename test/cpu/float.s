# The floating-point unit's part in the system: what EM, MP, TS and NE do to its instructions, when an unmasked exception is raised,
# what comes first, and the environment in all its formats. Source: SDM volume 1, 8.1.8 to 8.1.10, 8.7; volume 3, 2.5 and 13.1.

        .include "system.inc"

        .set    SMALL, FREE                     # data, 64 bytes
        .set    SMALL_CODE, FREE + 8
        .set    MP, 2
        .set    EM, 4
        .set    TS, 8
        .set    NE, 0x20
        .set    V86_PAGE, 0x8000                # code for virtual-8086 mode; its data 256 bytes behind
        .set    V86_FLAGS, 0x20002

# Instructions by their bytes: the opcode, the reg field, the operand's address.
        .macro  x87 opcode, digit, address
        .byte   \opcode, (\digit << 3) | 5
        .long   \address
        .endm
        .macro  x87fs opcode, digit, address
        .byte   0x64
        x87     \opcode, \digit, \address
        .endm

# CR0's floating-point bits.
        .macro  bits value
        movl    %cr0, %eax
        andl    $~(MP | EM | TS), %eax
        orl     $\value, %eax
        movl    %eax, %cr0
        .endm

# Leaves a division by zero pending, unmasked; all registers are then empty but one.
        .macro  pend
        fninit
        fld1
        fldcw   divide_unmasked
        x87     0xdc, 6, zero
        .endm

# The environment at `environment`: words of both halves, one line.
        .macro  print_words text, count
        call    say
        .asciz  "  \text:"
        movl    $\count, %ecx
        call    print_environment
        .endm

        .text
test:
        movl    $0, flags_shown
        segment SMALL, buffer, 63, 0x93
        fninit

        .irp    value, 0, MP, TS, MP|TS, EM, EM|MP, EM|TS, EM|MP|TS
        bits    \value
        try     "\value: fld1", fld1
        try     "\value: fwait", fwait
        try     "\value: fnstsw", fnstsw %ax
        try     "\value: fninit", fninit
        try     "\value: fnstcw", fnstcw buffer
        try     "\value: fnclex", fnclex
        try     "\value: fldcw", fldcw default
        try     "\value: fnsave", fnsave buffer
        .endr
        bits    0

        call    say
        .asciz  "an exception waits\n"
        .irp    instruction, fwait, fld1, fnop, fchs, fxch
        pend
        try     "\instruction", \instruction
        .endr
        pend
        try     "fldcw", fldcw default
        pend
        try     "fldenv", fldenv buffer
        pend
        try     "frstor", frstor buffer
        pend
        try     "fstp", x87 0xd9, 3, buffer
        .irp    instruction, fninit, fnclex, nop
        pend
        try     "\instruction", \instruction
        try     "and then fwait", fwait
        .endr
        pend
        try     "fnstsw", fnstsw %ax
        try     "and then fwait", fwait
        pend
        try     "fnstcw", fnstcw buffer
        try     "and then fwait", fwait
        pend
        try     "fnstenv", fnstenv buffer
        try     "and then fwait", fwait
        pend
        try     "fnsave", fnsave buffer
        try     "and then fwait", fwait
        fninit
        pend
        fnstsw  status
        fnclex
        show    "status after it", status

        call    say
        .asciz  "masks and pending flags\n"
        fninit
        fld1
        x87     0xdc, 6, zero
        try     "masked", fwait
        fldcw   divide_unmasked
        try     "unmasked afterwards", fwait
        fnstsw  status
        show    "status", status
        pend
        fnstenv buffer
        fnstsw  status
        show    "status after fnstenv", status
        fnstcw  status
        show    "control after fnstenv", status
        fninit

        call    say
        .asciz  "what comes first\n"
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "a load inside", x87fs 0xdb, 5, 54
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "a load over the end", x87fs 0xdb, 5, 55
        movl    $SMALL, %eax
        movl    %eax, %fs
        fninit
        fld1
        try     "a store over the end", x87fs 0xdd, 3, 57
        fnstsw  status
        show    "status", status
        movl    $SMALL, %eax
        movl    %eax, %fs
        bits    TS
        movl    $SMALL, %eax
        try     "task switched, and over the end", x87fs 0xdd, 0, 60
        bits    0
        pend
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "pending, and over the end", x87fs 0xdd, 0, 60
        fninit
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "an environment inside", fnstenv %fs:36
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "an environment over the end", fnstenv %fs:37
        movl    $SMALL, %eax
        movl    %eax, %fs
        try     "a state over the end", fnsave %fs:0
        try     "undefined: d9 d1", .byte 0xd9, 0xd1
        try     "undefined: d9 e2", .byte 0xd9, 0xe2
        try     "undefined: db f8", .byte 0xdb, 0xf8
        try     "undefined: dd 3d", .byte 0xdd, 0xf1
        bits    EM
        try     "undefined with em", .byte 0xd9, 0xd1
        bits    0

        call    say
        .asciz  "environments\n"
        call    load_registers
        movl    $SMALL, %eax
        movl    %eax, %fs
        movl    $instruction_1 - 0x10, attempt
instruction_1:
        x87fs   0xd8, 0, 4
        fnstenv environment
        print_words "32 bits", 7
        call    load_registers
        movl    $0x3ff00000, buffer + 12
        x87     0xdc, 1, buffer + 8
        .byte   0x66
        fnstenv environment
        print_words "16 bits", 4
        call    load_registers
        .byte   0x66
        fnsave  environment
        print_words "16-bit state", 24
        call    load_registers
        fnsave  environment
        print_words "32-bit state", 27
        frstor  environment
        .byte   0x66
        fnsave  environment
        print_words "back again", 24

        call    say
        .asciz  "virtual-8086 mode\n"
        movl    $v86_code, %esi
        movl    $V86_PAGE, %edi
        movl    $v86_end - v86_code, %ecx
        rep movsb
        movl    $V86_PAGE + 0x100, %edi
        movl    $0x100, %ecx
        xorl    %eax, %eax
        rep stosb
        call    load_registers
        movl    %esp, saved_stack
        movl    %esp, tss + 4
        movl    $1f, resume
        movl    $0, attempt
        xorl    %eax, %eax
        pushl   %eax                            # GS, FS, DS, ES
        pushl   %eax
        pushl   $V86_PAGE >> 4
        pushl   %eax
        pushl   $0x900
        pushl   $0x80
        pushl   $V86_FLAGS
        pushl   $V86_PAGE >> 4
        pushl   %eax
        iretl
1:      call    say
        .asciz  "\n"
        movl    $V86_PAGE + 0x120, %esi
        movl    $environment, %edi
        movl    $14, %ecx
        rep movsl
        print_words "16, then 32 bits", 11
        ret

# ST(0) to ST(4): 1, 0, pi, a denormal, an infinity.
load_registers:
        fninit
        fld1
        x87     0xdc, 6, zero
        x87     0xdb, 5, denormal
        fldpi
        fldz
        fld1
        ret

# ECX doublewords at `environment`, but for the offsets of code and data, which are printed from `load_registers` and from `buffer`.
print_environment:
        movl    $environment, %esi
1:      call    say
        .asciz  " "
        lodsl
        cmpl    $load_registers - 0x1000, %eax
        jb      2f
        cmpl    $load_registers + 0x1000, %eax
        jae     2f
        call    say
        .asciz  "code+"
        subl    $instruction_1, %eax
2:      cmpl    $buffer, %eax
        jb      3f
        cmpl    $buffer + 64, %eax
        jae     3f
        call    say
        .asciz  "buffer+"
        subl    $buffer, %eax
3:      call    put_hex
        loop    1b
        call    say
        .asciz  "\n"
        ret

# In virtual-8086 mode, CS and DS 0800h.
        .code16
v86_code:
        fld1
        .byte   0xd9, 0x1e                      # fstp dword at 100h
        .word   0x100
        fnstenv 0x120
        .byte   0x66
        fnstenv 0x130
        int3
v86_end:
        .code32

        .data
        .balign 8
zero:   .quad   0
denormal:
        .quad   0x1234
        .word   0
default:
        .word   0x37f
divide_unmasked:
        .word   0x37b
        .balign 4
status: .long   0

        .bss
        .balign 4096
buffer: .skip   128
environment:
        .skip   128
