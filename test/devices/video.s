# The services that boot loaders ask a video BIOS for beside the usual ones, and a mouse that is not there.

        .include "report.inc"

        .macro  SHOW name
        TEXT    "\name "
        call    report
        .endm

begin:  movw    $0x4f00, %ax            # VESA: is it there?
        movw    $0x9000, %di
        xorw    %bx, %bx
        int     $0x10
        SHOW    "vbe"
        movw    $0xc200, %ax            # a pointing device: enable, reset
        movb    $1, %bh
        int     $0x15
        SHOW    "mouse"
        movw    $0xc201, %ax
        int     $0x15
        SHOW    "reset"
        movw    $0x1130, %ax            # the fonts: 8 x 8, its upper half, 8 x 16
        movb    $3, %bh
        int     $0x10
        movl    %es:0x41 * 8(%bp), %eax # "A"
        SHOW    "small"
        movw    $0x1130, %ax
        movb    $4, %bh
        int     $0x10
        movl    %es:(0xc4 - 0x80) * 8 + 4(%bp), %eax     # a horizontal line
        SHOW    "upper"
        movw    $0x1130, %ax
        movb    $6, %bh
        int     $0x10
        movl    %es:0x41 * 16 + 4(%bp), %eax
        SHOW    "large"
        movw    $0x1112, %ax            # 50 rows
        xorw    %bx, %bx
        int     $0x10
        movw    0x484, %ax              # last row, height
        movw    0x44c, %bx              # bytes of a page
        SHOW    "rows"
        movw    $0x1130, %ax
        xorw    %bx, %bx
        int     $0x10
        movw    %cx, %ax
        movw    %dx, %bx
        SHOW    "height"
        movw    $0x0200, %ax            # text in the last row
        xorw    %bx, %bx
        movw    $0x3100, %dx
        int     $0x10
        movw    $0x0e58, %ax
        int     $0x10
        movw    $0xb800, %ax
        movw    %ax, %es
        movw    %es:49 * 160, %ax
        SHOW    "last"
        movw    $0x1114, %ax            # and 25 again
        xorw    %bx, %bx
        int     $0x10
        movw    0x484, %ax
        SHOW    "again"
        movw    $0x1123, %ax            # 8 x 8 glyphs for graphics modes, 43 rows
        movb    $3, %bl
        int     $0x10
        movw    0x484, %ax
        movw    0x43 * 4 + 2, %bx
        SHOW    "graphics"
        TEXT    "end\n"
1:      hlt
        jmp     1b

# EAX, BX and the carry; then DS and ES are zero.
report: pushfw
        call    hex_long
        TEXT    " "
        movw    %bx, %ax
        call    hex_word
        popfw
        jc      1f
        TEXT    " -\n"
        jmp     2f
1:      TEXT    " c\n"
2:      xorl    %eax, %eax
        movw    %ax, %ds
        movw    %ax, %es
        xorw    %bx, %bx
        xorw    %cx, %cx
        ret
