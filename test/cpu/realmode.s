# Real mode: the way into it, segment limits of 64 KB, exceptions through the vector table, and instructions that do not exist there.
# Source: SDM volume 3, chapters 9.9 and 20.1.

        .include "system.inc"

        .set    CODE_16, FREE
        .set    DATA_16, FREE + 8
        .set    SEGMENT, 0x1000
        .set    LINEAR, SEGMENT << 4
        .set    STACK, 0x2000
        .set    DATA, 0x3000

        .text
test:
        segment CODE_16, LINEAR, 0xffff, 0x9b, 0
        segment DATA_16, LINEAR, 0xffff, 0x93, 0
        movl    $program, %esi
        movl    $LINEAR, %edi
        movl    $program_end - program, %ecx
        cld
        rep movsb
        movl    $0x44434241, DATA << 4
        movl    $0x64636261, (DATA << 4) + 0xfffc
        lidt    real_idt
        ljmp    $CODE_16, $enter_real - program

        .data
real_idt:
        .word   0x3ff
        .long   0

        .text
        .code16
program:
enter_real:
        movw    $DATA_16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    %cr0, %eax
        andb    $0xfe, %al
        movl    %eax, %cr0
        ljmpw   $SEGMENT, $in_real - program
in_real:
        xorw    %ax, %ax
        movw    %ax, %es
        movw    $STACK, %ax
        movw    %ax, %ss
        movl    $0x1000, %esp
        movw    $DATA, %ax
        movw    %ax, %ds
        xorw    %di, %di                        # vectors 0 to 3Fh lead to the stubs
        movw    $handlers - program, %ax
        movw    $0x40, %cx
1:      stosw
        addw    $4, %ax
        pushw   %ax
        movw    $SEGMENT, %ax
        stosw
        popw    %ax
        loop    1b
        jmp     real_tests

        .balign 4
handlers:                                       # four bytes each: a call, which leaves the stub's address
        .rept   0x40
        callw   real_trap
        .byte   0x90
        .endr

        # (%sp) address behind the stub's call, IP, CS, FLAGS
real_trap:
        cld
        movw    %sp, %bp
        movw    $SEGMENT, %bx
        movw    %bx, %ds
        movw    (%bp), %ax
        subw    $handlers - program + 3, %ax
        shrw    $2, %ax
        call    real_say
        .asciz  "#"
        call    real_hex
        call    real_say
        .asciz  " at "
        movw    2(%bp), %ax
        subw    real_attempt - program, %ax
        call    real_hex
        call    real_say
        .asciz  " cs "
        movw    4(%bp), %ax
        call    real_hex
        call    real_say
        .asciz  " flags "
        movw    6(%bp), %ax
        andw    $0x7700, %ax
        call    real_hex
        call    real_say
        .asciz  " sp "
        leaw    8(%bp), %ax
        call    real_hex
        call    real_say
        .asciz  "\n"
real_next:
        movw    $SEGMENT, %bx
        movw    %bx, %ds
        movw    real_resume - program, %bx
        movw    $STACK, %ax
        movw    %ax, %ss
        movl    $0x1000, %esp
        pushw   $2
        popfw
        movw    $DATA, %ax
        movw    %ax, %ds
        movw    %ax, %es
        jmp     *%bx

real_ok:
        call    real_say
        .asciz  "ok\n"
        jmp     real_next

        # Prints the text behind the call. Changes no register.
real_say:
        pushw   %bp
        movw    %sp, %bp
        pushw   %si
        pushw   %ax
        movw    2(%bp), %si
1:      movb    %cs:(%si), %al
        incw    %si
        testb   %al, %al
        jz      2f
        call    real_put
        jmp     1b
2:      movw    %si, 2(%bp)
        popw    %ax
        popw    %si
        popw    %bp
        ret

        # AX in hexadecimal, four digits.
real_hex:
        pushw   %ax
        pushw   %cx
        pushw   %dx
        movw    %ax, %dx
        movw    $4, %cx
1:      rolw    $4, %dx
        movb    %dl, %al
        andb    $15, %al
        cmpb    $10, %al
        jb      2f
        addb    $'a' - 10 - '0', %al
2:      addb    $'0', %al
        call    real_put
        loop    1b
        popw    %dx
        popw    %cx
        popw    %ax
        ret

real_put:
        pushw   %dx
        pushw   %ax
1:      movw    $COM1 + 5, %dx
        inb     %dx, %al
        testb   $0x20, %al
        jz      1b
        movw    $COM1, %dx
        popw    %ax
        outb    %al, %dx
        popw    %dx
        ret

real_attempt:
        .word   0
real_resume:
        .word   0
real_short_table:
        .word   0x10 * 4 - 1
        .long   0
real_table:
        .word   0x3ff
        .long   0

        # Tries one instruction; AX is FFFFh in it, BX 0, and SI and DI are what the test has set.
        .macro  real text, instruction:vararg
        call    real_say
        .asciz  "\text: "
        movw    $7f - program, %cs:real_resume - program
        movw    $6f - program, %cs:real_attempt - program
        movw    $0xffff, %ax
        xorw    %bx, %bx
6:      \instruction
        jmp     real_ok
7:
        .endm

real_tests:
        real    "read a word at fffe", movw 0xfffe, %ax
        real    "read a word at ffff", movw 0xffff, %ax
        real    "write a word at ffff", movw %ax, 0xffff
        real    "read a doubleword at fffd", movl 0xfffd, %eax
        movw    $0xffff, %bp
        real    "through ss", movw (%bp), %ax
        movl    $0x10000, %esi
        real    "32-bit address of 10000", movb (%esi), %al
        movl    $0xffff, %esi
        real    "32-bit address of ffff", movb (%esi), %al
        movw    $0xffff, %si
        real    "lodsw at ffff", lodsw
        movw    $0xffff, %si
        real    "lodsb at ffff", lodsb
        movw    $0xfffe, %di
        movw    $3, %cx
        real    "rep stosw over the end", rep stosw
        real    "div by zero", divw %bx
        real    "aam 0", aam $0
        real    "bound", bound %ax, 0
        real    "ud2", ud2
        real    "int3", int3
        real    "int 0x21", int $0x21
        real    "lock mov", .byte 0xf0, 0x89, 0x07
        real    "sixteen bytes", .byte 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x2e, 0x89, 0x07
        real    "mov to cs", .byte 0x8e, 0xc8
        real    "arpl", arpl %ax, %bx
        real    "lar", larw %ax, %bx
        real    "verr", verr %ax
        real    "sldt", sldtw %ax
        real    "str", strw %ax
        real    "lldt", lldt %ax
        real    "ltr", ltr %ax
        real    "smsw", smsww %ax
        real    "clts", clts
        real    "cr0", movl %cr0, %eax
        real    "sgdt", sgdtw 0x100
        real    "jump beyond 64 KB", jmpl *%cs:far_away - program
        real    "call beyond 64 KB", calll *%cs:far_away - program
        real    "popf of nt", call pop_nt
        real    "popf of iopl", call pop_iopl
        lidtl   %cs:real_short_table - program
        real    "int 0xf in a short table", int $0xf
        real    "int 0x10 in a short table", int $0x10
        lidtl   %cs:real_table - program
        call    real_say
        .asciz  "done\n"
1:      hlt
        jmp     1b
pop_nt: pushw   $0x4002
        popfw
        int     $0x21
pop_iopl:
        pushw   $0x3002
        popfw
        int     $0x21
        .balign 4
far_away:
        .long   0x10000
program_end:
        .code32
