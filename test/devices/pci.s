# The configuration spaces of bus 0, a line each function: as the BIOS left them, and what is left of ones written to the registers
# that all functions have; then what the PCI BIOS answers.

        .include "report.inc"

begin:
        xorw    %si, %si
1:      movw    %cs:functions(%si), %bx # device * 8 + function, in the upper byte
        testb   $0x80, %bl
        jnz     mechanism
        TEXT    "is "
        call    dump
        addw    $2, %si
        jmp     1b

# What CF8h itself is like.
mechanism:
        movw    $0xcf8, %dx
        movl    $0xffffffff, %eax
        outl    %eax, %dx
        inl     %dx, %eax
        TEXT    "address "
        call    hex_long
        movw    $0xcfc, %dx
        inl     %dx, %eax
        TEXT    "\nnobody "
        call    hex_long
        movw    $0xcf8, %dx
        movl    $0x00000000, %eax
        outl    %eax, %dx
        movw    $0xcfc, %dx
        inl     %dx, %eax
        TEXT    "\noff "
        call    hex_long
        movw    $0xcf8, %dx
        movl    $0x80000800, %eax
        outl    %eax, %dx
        movw    $0xcfe, %dx             # bytes and words of the register
        inw     %dx, %ax
        TEXT    "\nword "
        call    hex_word
        movw    $0xcfd, %dx
        inb     %dx, %al
        TEXT    "\nbyte "
        call    hex_byte
        TEXT    "\n"

# The PCI BIOS.
        xorl    %ecx, %ecx
        movw    $0xb101, %ax
        int     $0x1a
        TEXT    "b101 "
        call    answer
        movw    $0xb102, %ax            # the IDE controller
        movw    $0x7010, %cx
        movw    $0x8086, %dx
        xorw    %si, %si
        int     $0x1a
        TEXT    "b102 "
        call    answer
        movw    $0xb102, %ax            # not twice
        movw    $0x7010, %cx
        movw    $0x8086, %dx
        movw    $1, %si
        int     $0x1a
        movw    $0, %bx
        TEXT    "twice "
        call    answer
        movw    $0xb103, %ax            # the display
        movl    $0x030000, %ecx
        xorw    %si, %si
        int     $0x1a
        TEXT    "b103 "
        call    answer
        movw    $0xb10a, %ax            # its vendor and device
        movw    $0x00, %di
        xorl    %ecx, %ecx
        int     $0x1a
        TEXT    "b10a "
        call    answer
        movw    $0xb109, %ax
        movw    $0x02, %di
        xorl    %ecx, %ecx
        int     $0x1a
        TEXT    "b109 "
        call    answer
        movw    $0xb10b, %ax            # the interrupt line, written and read
        movw    $0x3c, %di
        movw    $0x5a, %cx
        int     $0x1a
        TEXT    "b10b "
        call    answer
        movw    $0xb108, %ax
        xorl    %ecx, %ecx
        int     $0x1a
        TEXT    "b108 "
        call    answer
        movw    $0xb109, %ax            # no word there
        movw    $0x01, %di
        int     $0x1a
        TEXT    "odd "
        call    answer
        TEXT    "end\n"
1:      hlt
        jmp     1b

# AX BX ECX EDX and the carry.
answer: pushfw
        call    hex_word
        TEXT    " "
        movw    %bx, %ax
        call    hex_word
        TEXT    " "
        movl    %ecx, %eax
        call    hex_long
        popfw
        jc      1f
        TEXT    " -\n"
        ret
1:      TEXT    " c\n"
        ret

# BX = device * 8 + function in the upper byte: a line of 64 registers; then those from 08h to 3Ch are given ones, and another line.
dump:   call    dump_line
        TEXT    "ones "
        movw    $14, %cx
        movb    $0x08, %bl
1:      call    address
        movl    $-1, %eax
        outl    %eax, %dx
        addb    $4, %bl
        loop    1b
dump_line:
        movzbw  %bh, %ax
        call    hex_byte
        movw    $0x40, %cx
        xorb    %bl, %bl
1:      TEXT    " "
        call    address
        inl     %dx, %eax
        call    hex_long
        addb    $4, %bl
        loop    1b
        TEXT    "\n"
        ret

address:
        pushl   %eax
        movzwl  %bx, %eax
        orl     $0x80000000, %eax
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        popl    %eax
        ret

functions:
        .word   0x0000, 0x0800, 0x0900, 0x1000, 0x1100, 0x3000, 0x80
