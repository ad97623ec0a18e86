# What the video BIOS says and does about modes with a linear frame buffer, and what the adapter's registers hold then.

        .include "report.inc"

        .set    BUFFER, 0x9000

# AX, BX, CX, DX behind a name.
.macro SHOW name
        TEXT    "\name "
        call    show_registers
.endm

# BX = a mode: what function 01h says of it.
.macro DESCRIBE number
        movw    $0x4f01, %ax
        movw    $\number, %cx
        movw    $BUFFER, %di
        int     $0x10
        movw    $\number, %bx
        call    show_mode
.endm

show_registers:
        pushw   %ax
        call    hex_word
        movb    $' ', %al
        call    character
        movw    %bx, %ax
        call    hex_word
        movb    $' ', %al
        call    character
        movw    %cx, %ax
        call    hex_word
        movb    $' ', %al
        call    character
        movw    %dx, %ax
        call    hex_word
        movb    $'\n', %al
        call    character
        popw    %ax
        ret

show_mode:                              # AX = answer, BX = mode
        call    hex_word
        movb    $' ', %al
        call    character
        movw    %bx, %ax
        call    hex_word
        movb    $' ', %al
        call    character
        movw    $BUFFER, %si
        movw    $50, %cx
1:      lodsb
        call    hex_byte
        loop    1b
        movb    $'\n', %al
        call    character
        ret

adapter:                                # AX = register; returns AX
        movw    $0x1ce, %dx
        outw    %ax, %dx
        incw    %dx
        inw     %dx, %ax
        ret

begin:
        xorw    %ax, %ax
        call    adapter
        andw    $0xfff0, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        SHOW    "id"
        movl    $0x32454256, BUFFER     # "VBE2"
        movw    $0x4f00, %ax
        movw    $BUFFER, %di
        int     $0x10
        movw    BUFFER, %bx
        movw    BUFFER + 2, %cx
        movw    BUFFER + 4, %dx
        SHOW    "controller"
        lesw    BUFFER + 14, %si        # how many modes, and the sum of their numbers
        xorw    %cx, %cx
        xorw    %bx, %bx
1:      movw    %es:(%si), %ax
        cmpw    $0xffff, %ax
        je      2f
        addw    %ax, %bx
        incw    %cx
        addw    $2, %si
        jmp     1b
2:      xorw    %ax, %ax
        movw    %ax, %es
        SHOW    "modes"
        DESCRIBE 0x101
        DESCRIBE 0x113
        DESCRIBE 0x117
        DESCRIBE 0x112
        DESCRIBE 0x144
        DESCRIBE 0x1ff

        movw    $0x4f02, %ax
        movw    $0x4112, %bx
        int     $0x10
        SHOW    "set"
        movw    $0x4f03, %ax
        int     $0x10
        SHOW    "get"
        movw    $1, %ax
        call    adapter
        movw    %ax, %bx
        movw    $2, %ax
        call    adapter
        movw    %ax, %cx
        movw    $3, %ax
        call    adapter
        SHOW    "size"
        movw    $4, %ax
        call    adapter
        SHOW    "enable"
        movw    $0x4f05, %ax            # the window: a word in bank 3, seen there only
        xorw    %bx, %bx
        movw    $3, %dx
        int     $0x10
        SHOW    "bank"
        pushw   %es
        movw    $0xa000, %ax
        movw    %ax, %es
        movw    $0x1234, %es:0x10
        movw    %es:0x10, %cx
        popw    %es
        movw    $0x4f05, %ax
        xorw    %bx, %bx
        xorw    %dx, %dx
        int     $0x10
        pushw   %es
        movw    $0xa000, %ax
        movw    %ax, %es
        movw    %es:0x10, %bx
        popw    %es
        SHOW    "seen"
        movw    $0x4f05, %ax
        movw    $0x100, %bx
        int     $0x10
        SHOW    "window"
        movw    $0x4f06, %ax            # lines of 800 pixels
        xorw    %bx, %bx
        movw    $800, %cx
        int     $0x10
        SHOW    "line"
        movw    $0x4f07, %ax
        xorw    %bx, %bx
        movw    $16, %cx
        movw    $32, %dx
        int     $0x10
        SHOW    "start"
        movw    $0x4f07, %ax
        movw    $1, %bx
        int     $0x10
        SHOW    "where"
        movw    $0x4f0a, %ax            # AL stays: there is no such function
        int     $0x10
        SHOW    "none"
        movw    $0x4f02, %ax
        movw    $0x41ff, %bx
        int     $0x10
        SHOW    "unknown"
        movw    $3, %ax
        int     $0x10
        movw    $4, %ax
        call    adapter
        andw    $1, %ax
        SHOW    "text"
        movw    $0x4f03, %ax
        int     $0x10
        SHOW    "mode"
        TEXT    "end\n"
1:      hlt
        jmp     1b
