# Int 10h/4Fxxh: modes with a linear frame buffer, on adapters with the registers of Bochs and QEMU; on others there are none.
# Sources: VESA BIOS Extension Core Functions Standard 2.0; Bochs, "VBE display extension".

        .code16
        .include "bios.inc"

        .set    INDEX, 0x1ce            # the data register follows it
        .set    X_RESOLUTION, 1
        .set    Y_RESOLUTION, 2
        .set    BITS_PER_PIXEL, 3
        .set    ENABLE, 4
        .set    BANK, 5
        .set    VIRTUAL_WIDTH, 6
        .set    VIRTUAL_HEIGHT, 7
        .set    X_OFFSET, 8
        .set    Y_OFFSET, 9
        .set    MEMORY_64K, 10
        .set    ENABLED, 0x01
        .set    LINEAR, 0x40

        .set    DONE, 0x004f
        .set    FAILED, 0x014f
        .set    VBE_SIGNATURE, 0x41534556       # "VESA"
        .set    VBE2_SIGNATURE, 0x32454256      # "VBE2": the caller's buffer has 512 bytes
        .set    MODE_LIST, 34           # in the caller's buffer

# An entry of the table of modes.
        .set    T_MODE, 0
        .set    T_WIDTH, 2
        .set    T_HEIGHT, 4
        .set    T_BITS, 6
        .set    T_BYTES, 8

        .text
        .globl  vbe_service, vbe_off

# AL = register; returns AX. Changes DX.
adapter_read:
        movzbw  %al, %ax
        movw    $INDEX, %dx
        outw    %ax, %dx
        incw    %dx
        inw     %dx, %ax
        ret

# AL = register, BX = value. Changes AX and DX.
adapter_write:
        movzbw  %al, %ax
        movw    $INDEX, %dx
        outw    %ax, %dx
        incw    %dx
        movw    %bx, %ax
        outw    %ax, %dx
        ret

# The VGA's own modes are shown again. Changes no register.
vbe_off:
        pushal
        movw    $0, VBE_MODE
        movb    $ENABLE, %al
        xorw    %bx, %bx
        call    adapter_write
        popal
        ret

# The frame is set up; what is not answered here leaves AL as it is, which says so.
vbe_service:
        xorb    %al, %al
        call    adapter_read
        andw    $0xfff0, %ax
        cmpw    $0xb0c0, %ax
        jne     9f
        movzbw  F_AL(%bp), %si
        cmpb    $8, F_AL(%bp)
        jae     9f
        addw    %si, %si
        movw    %cs:vbe_services(%si), %si
        testw   %si, %si
        jz      9f
        movw    F_ES(%bp), %es
        movw    F_DI(%bp), %di
        call    *%si
        movw    $DONE, F_AX(%bp)
        jnc     9f
        movw    $FAILED, F_AX(%bp)
9:      LEAVE_SERVICE

# CX = a mode's number; returns SI = its entry. CF: there is none, or it does not fit into the adapter's memory.
find_mode:
        movw    $mode_table, %si
1:      movw    %cs:T_MODE(%si), %ax
        cmpw    $0xffff, %ax
        je      8f
        cmpw    %cx, %ax
        je      2f
        addw    $T_BYTES, %si
        jmp     1b
2:      call    pages_of_mode
        testw   %ax, %ax
        jz      8f
        clc
        ret
8:      stc
        ret

# SI = a mode's entry; returns AX = how many of its pictures the adapter's memory holds.
pages_of_mode:
        pushl   %ebx
        pushl   %edx
        call    bytes_of_line
        movzwl  %ax, %eax
        movzwl  %cs:T_HEIGHT(%si), %ebx
        mull    %ebx
        movl    %eax, %ebx
        movb    $MEMORY_64K, %al
        call    adapter_read
        movzwl  %ax, %eax
        shll    $16, %eax
        xorl    %edx, %edx
        divl    %ebx
        popl    %edx
        popl    %ebx
        ret

# SI = a mode's entry; returns AX.
bytes_of_line:
        pushw   %dx
        movzbw  %cs:T_BITS(%si), %ax
        addw    $7, %ax
        shrw    $3, %ax
        mulw    %cs:T_WIDTH(%si)
        popw    %dx
        ret

# 00h: what adapter this is, to ES:DI.
controller_service:
        movw    $64, %cx
        cmpl    $VBE2_SIGNATURE, %es:(%di)
        jne     1f
        movw    $128, %cx
1:      pushw   %cx
        pushw   %di
        xorl    %eax, %eax
        rep stosl
        popw    %di
        popw    %cx
        movl    $VBE_SIGNATURE, %es:(%di)
        movw    $0x0200, %es:4(%di)
        movw    $oem_name, %es:6(%di)
        movw    %cs, %es:8(%di)
        cmpw    $128, %cx
        jne     2f
        movw    $vendor_name, %es:22(%di)
        movw    %cs, %es:24(%di)
        movw    $oem_name, %es:26(%di)
        movw    %cs, %es:28(%di)
        movw    $revision_name, %es:30(%di)
        movw    %cs, %es:32(%di)
2:      movb    $MEMORY_64K, %al
        call    adapter_read
        movw    %ax, %es:18(%di)
        leaw    MODE_LIST(%di), %ax
        movw    %ax, %es:14(%di)
        movw    %es, %es:16(%di)
        movw    %ax, %di
        movw    $mode_table, %si
        cld
3:      movw    %cs:T_MODE(%si), %cx
        cmpw    $0xffff, %cx
        je      5f
        call    pages_of_mode
        testw   %ax, %ax
        jz      4f
        movw    %cx, %ax
        stosw
4:      addw    $T_BYTES, %si
        jmp     3b
5:      movw    $0xffff, %ax
        stosw
        clc
        ret

# 01h: what mode CX is, to ES:DI.
mode_information:
        pushw   %di
        movw    $64, %cx
        xorl    %eax, %eax
        rep stosl
        popw    %di
        movw    F_CX(%bp), %cx
        andw    $0x1ff, %cx
        call    find_mode
        jc      9f
        call    pages_of_mode
        decw    %ax
        cmpw    $0xff, %ax
        jbe     1f
        movw    $0xff, %ax
1:      movb    %al, %es:29(%di)
        movw    $0x009b, %es:(%di)      # there; colour, graphics, with frame buffer
        movb    $7, %es:2(%di)          # the window: there, readable, writable
        movw    $64, %es:4(%di)
        movw    $64, %es:6(%di)
        movw    $0xa000, %es:8(%di)
        call    bytes_of_line
        movw    %ax, %es:16(%di)
        movw    %cs:T_WIDTH(%si), %ax
        movw    %ax, %es:18(%di)
        movw    %cs:T_HEIGHT(%si), %ax
        movw    %ax, %es:20(%di)
        movw    $0x1008, %es:22(%di)    # a character's size
        movb    $1, %es:24(%di)
        movb    %cs:T_BITS(%si), %al
        movb    %al, %es:25(%di)
        movb    $1, %es:26(%di)
        movb    $4, %es:27(%di)         # colours by number
        movb    $1, %es:30(%di)
        call    display_memory
        movl    %eax, %es:40(%di)
        movb    %cs:T_BITS(%si), %al
        movw    $colour_table, %bx
2:      cmpb    $0xff, %cs:(%bx)        # 8 bits: no fields
        je      8f
        cmpb    %al, %cs:(%bx)
        je      3f
        addw    $9, %bx
        jmp     2b
3:      movb    $6, %es:27(%di)         # colours by their parts
        movl    %cs:1(%bx), %eax
        movl    %eax, %es:31(%di)
        movl    %cs:5(%bx), %eax
        movl    %eax, %es:35(%di)
8:      clc
9:      ret

# 02h: BX = mode; bit 14: with a linear frame buffer, bit 15: its memory stays.
set_vbe_mode:
        movw    F_BX(%bp), %cx
        andw    $0x1ff, %cx
        cmpw    $0x100, %cx
        jae     1f
        movb    F_BH(%bp), %al
        andb    $0x80, %al
        orb     %cl, %al
        call    set_mode
        clc
        ret
1:      call    find_mode
        jc      9f
        pushw   %si
        movb    $0x93, %al              # 256 colours, and registers that fit
        call    set_mode
        popw    %si
        movb    $0x7f, VIDEO_MODE       # nothing that text is written to
        movw    %cs:T_WIDTH(%si), %bx
        movw    %bx, %ax
        shrw    $3, %ax
        movw    %ax, COLUMNS
        movb    $X_RESOLUTION, %al
        call    adapter_write
        movw    %cs:T_HEIGHT(%si), %bx
        movw    %bx, %ax
        shrw    $4, %ax
        decw    %ax
        movb    %al, LAST_ROW
        movb    $Y_RESOLUTION, %al
        call    adapter_write
        movzbw  %cs:T_BITS(%si), %bx
        movb    $BITS_PER_PIXEL, %al
        call    adapter_write
        movw    F_BX(%bp), %bx
        andw    $0xc1ff, %bx
        movw    %bx, VBE_MODE
        movzbw  %bh, %bx
        andb    $0xc0, %bl              # bit 14 becomes LINEAR, bit 15 the bit that keeps the memory
        orb     $ENABLED, %bl
        movb    $ENABLE, %al
        call    adapter_write
        clc
9:      ret

# 03h: returns BX = the mode.
get_vbe_mode:
        movw    VBE_MODE, %bx
        testw   %bx, %bx
        jnz     1f
        movzbw  VIDEO_MODE, %bx
1:      movw    %bx, F_BX(%bp)
        clc
        ret

# 05h: BH = 0: the window shows the memory from DX * 64 KiB on; 1: returns DX.
window_service:
        cmpb    $0, F_BL(%bp)           # the second window
        jne     8f
        cmpb    $1, F_BH(%bp)
        je      1f
        ja      8f
        movw    F_DX(%bp), %bx
        movb    $BANK, %al
        call    adapter_write
1:      movb    $BANK, %al
        call    adapter_read
        cmpb    $1, F_BH(%bp)
        je      2f
        cmpw    F_DX(%bp), %ax
        jne     8f
2:      movw    %ax, F_DX(%bp)
        clc
        ret
8:      stc
        ret

# 06h: BL = 0: lines of CX pixels; 1: as they are. Returns BX = a line's bytes, CX = its pixels, DX = how many lines there are.
line_service:
        cmpw    $0, VBE_MODE
        je      8b
        cmpb    $1, F_BL(%bp)
        je      1f
        ja      8b
        movw    F_CX(%bp), %bx
        movb    $VIRTUAL_WIDTH, %al
        call    adapter_write
1:      movb    $VIRTUAL_HEIGHT, %al
        call    adapter_read
        movw    %ax, F_DX(%bp)
        movb    $BITS_PER_PIXEL, %al
        call    adapter_read
        addw    $7, %ax
        shrw    $3, %ax
        movw    %ax, %bx
        movb    $VIRTUAL_WIDTH, %al
        call    adapter_read
        movw    %ax, F_CX(%bp)
        mulw    %bx
        movw    %ax, F_BX(%bp)
        clc
        ret

# 07h: BL = 0 or 80h: the picture begins at pixel CX of line DX; 1: returns them, and BH = 0.
start_service:
        cmpw    $0, VBE_MODE
        je      8b
        cmpb    $1, F_BL(%bp)
        je      1f
        testb   $0x7f, F_BL(%bp)
        jnz     8b
        movw    F_CX(%bp), %bx
        movb    $X_OFFSET, %al
        call    adapter_write
        movw    F_DX(%bp), %bx
        movb    $Y_OFFSET, %al
        call    adapter_write
        clc
        ret
1:      movb    $X_OFFSET, %al
        call    adapter_read
        movw    %ax, F_CX(%bp)
        movb    $Y_OFFSET, %al
        call    adapter_read
        movw    %ax, F_DX(%bp)
        movb    $0, F_BH(%bp)
        clc
        ret

        .section .rodata
        .balign 2
vbe_services:
        .word   controller_service, mode_information, set_vbe_mode, get_vbe_mode
        .word   0, window_service, line_service, start_service

# Numbers below 11Bh are VESA's; the others are those of Bochs' and QEMU's video BIOS.
.macro MODE number, width, height, bits
        .word   \number, \width, \height, \bits
.endm
mode_table:
        MODE    0x100, 640, 400, 8
        MODE    0x101, 640, 480, 8
        MODE    0x103, 800, 600, 8
        MODE    0x105, 1024, 768, 8
        MODE    0x107, 1280, 1024, 8
        MODE    0x110, 640, 480, 15
        MODE    0x111, 640, 480, 16
        MODE    0x112, 640, 480, 24
        MODE    0x113, 800, 600, 15
        MODE    0x114, 800, 600, 16
        MODE    0x115, 800, 600, 24
        MODE    0x116, 1024, 768, 15
        MODE    0x117, 1024, 768, 16
        MODE    0x118, 1024, 768, 24
        MODE    0x119, 1280, 1024, 15
        MODE    0x11a, 1280, 1024, 16
        MODE    0x11b, 1280, 1024, 24
        MODE    0x140, 320, 200, 32
        MODE    0x141, 640, 400, 32
        MODE    0x142, 640, 480, 32
        MODE    0x143, 800, 600, 32
        MODE    0x144, 1024, 768, 32
        MODE    0x145, 1280, 1024, 32
        .word   0xffff

# Bits of a pixel; then size and place of red, green, blue and the rest.
colour_table:
        .byte   15, 5, 10, 5, 5, 5, 0, 1, 15
        .byte   16, 5, 11, 6, 5, 5, 0, 0, 0
        .byte   24, 8, 16, 8, 8, 8, 0, 0, 0
        .byte   32, 8, 16, 8, 8, 8, 0, 8, 24
        .byte   0xff

oem_name:
        .asciz  "MiniOS VBE"
vendor_name:
        .asciz  "MiniOS"
revision_name:
        .asciz  "1"
