# The VGA's registers: mode tables, mode setting, fonts, palettes.
# Sources: IBM VGA Technical Reference (register values of each mode); FreeVGA project, register descriptions.

        .code16
        .include "bios.inc"

        .set    SEQUENCER, 0x3c4
        .set    GRAPHICS, 0x3ce
        .set    ATTRIBUTE, 0x3c0
        .set    MISC_OUTPUT, 0x3c2
        .set    INPUT_STATUS_1, 0x3da
        .set    DAC_MASK, 0x3c6
        .set    DAC_WRITE_INDEX, 0x3c8
        .set    DAC_DATA, 0x3c9

# A mode's table: what the BIOS data area says of it, then the register values in the order in which they are written.
        .set    M_COLUMNS, 0
        .set    M_LAST_ROW, 1
        .set    M_CHAR_HEIGHT, 2
        .set    M_CONTROL, 3
        .set    M_PAGE_SIZE, 4
        .set    M_MISC, 6
        .set    M_SEQUENCER, 7          # 1-4
        .set    M_CRTC, 11              # 0-24
        .set    M_GRAPHICS, 36          # 0-8
        .set    M_ATTRIBUTE, 45         # 0-19

        .text
        .globl  set_mode, load_font, attribute_write, attribute_read, attribute_screen_on

# 00h: AL = mode; bit 7: do not clear the memory. An unknown mode changes nothing.
set_mode:
        movb    %al, %dl
        andb    $0x7f, %dl
        movw    $mode_list, %si
1:      movb    %cs:(%si), %dh
        cmpb    $0xff, %dh
        je      9f
        cmpb    %dl, %dh
        je      2f
        addw    $4, %si
        jmp     1b
2:      call    vbe_off
        movb    %cs:1(%si), %dl         # the mode that is set in its place
        movw    %cs:2(%si), %si
        andb    $0x80, %al
        andb    $0x7f, VIDEO_CONTROL
        orb     $0x60, VIDEO_CONTROL    # 256 KiB
        orb     %al, VIDEO_CONTROL
        movb    $0x09, VIDEO_SWITCHES
        movb    $0x11, VIDEO_FLAGS      # VGA, 400 lines
        movb    $0x08, VIDEO_DCC
        movb    %dl, VIDEO_MODE
        movzbw  %cs:M_COLUMNS(%si), %ax
        movw    %ax, COLUMNS
        movb    %cs:M_LAST_ROW(%si), %al
        movb    %al, LAST_ROW
        movzbw  %cs:M_CHAR_HEIGHT(%si), %ax
        movw    %ax, CHAR_HEIGHT
        movb    %cs:M_CONTROL(%si), %al
        movb    %al, MODE_CONTROL
        movw    %cs:M_PAGE_SIZE(%si), %ax
        movw    %ax, PAGE_SIZE
        movw    $0, PAGE_START
        movb    $0, ACTIVE_PAGE
        movb    $0x30, CGA_PALETTE
        movw    $0x3d4, CRTC_PORT
        movw    %ds, %ax
        movw    %ax, %es
        movw    $CURSORS, %di
        xorw    %ax, %ax
        movw    $8, %cx
        rep stosw

        movw    $MISC_OUTPUT, %dx
        movb    %cs:M_MISC(%si), %al
        outb    %al, %dx
        pushw   %si
        call    write_sequencer
        call    write_crtc
        call    write_graphics
        call    write_attributes
        popw    %si
        call    default_palette
        testb   $0x80, VIDEO_CONTROL
        jnz     4f
        call    clear_memory
4:      cmpb    $3, VIDEO_MODE
        ja      5f
        call    load_rom_font
        movw    $0x0607, %cx
        call    set_cursor_shape
5:      call    attribute_screen_on
9:      ret

write_sequencer:                        # SI = mode table
        movw    $SEQUENCER, %dx
        movw    $0x0100, %ax            # hold the sequencer in reset while the clock changes
        outw    %ax, %dx
        movw    $1, %bx
1:      movb    %bl, %al
        movb    %cs:M_SEQUENCER - 1(%bx,%si), %ah
        outw    %ax, %dx
        incw    %bx
        cmpw    $5, %bx
        jb      1b
        movw    $0x0300, %ax
        outw    %ax, %dx
        ret

write_crtc:
        movw    $0x3d4, %dx
        movw    $0x0011, %ax            # register 17 bit 7 protects registers 0-7
        outw    %ax, %dx
        xorw    %bx, %bx
1:      movb    %bl, %al
        movb    %cs:M_CRTC(%bx,%si), %ah
        outw    %ax, %dx
        incw    %bx
        cmpw    $25, %bx
        jb      1b
        ret

write_graphics:
        movw    $GRAPHICS, %dx
        xorw    %bx, %bx
1:      movb    %bl, %al
        movb    %cs:M_GRAPHICS(%bx,%si), %ah
        outw    %ax, %dx
        incw    %bx
        cmpw    $9, %bx
        jb      1b
        ret

write_attributes:
        xorw    %bx, %bx
1:      movb    %bl, %ah
        movb    %cs:M_ATTRIBUTE(%bx,%si), %al
        call    attribute_write
        incw    %bx
        cmpw    $20, %bx
        jb      1b
        movw    $0x1400, %ax            # colour select
        jmp     attribute_write

# Attribute controller register AH = AL. The same port takes index and value in turn; reading input status 1 makes
# the index come first. The screen stays off until attribute_screen_on. Changes no register of the processor.
attribute_write:
        pushw   %dx
        pushw   %ax
        movw    $INPUT_STATUS_1, %dx
        inb     %dx, %al
        movw    $ATTRIBUTE, %dx
        movb    %ah, %al
        outb    %al, %dx
        popw    %ax
        outb    %al, %dx
        popw    %dx
        ret

attribute_read:                         # AH = register; returns AL
        pushw   %dx
        movw    $INPUT_STATUS_1, %dx
        inb     %dx, %al
        movw    $ATTRIBUTE, %dx
        movb    %ah, %al
        outb    %al, %dx
        incw    %dx
        inb     %dx, %al
        popw    %dx
        ret

attribute_screen_on:
        pushw   %ax
        pushw   %dx
        movw    $INPUT_STATUS_1, %dx
        inb     %dx, %al
        movw    $ATTRIBUTE, %dx
        movb    $0x20, %al              # index bit 5: the palette belongs to the screen again
        outb    %al, %dx
        popw    %dx
        popw    %ax
        ret

# Text memory is filled with blanks, graphics memory with zeros.
clear_memory:
        movw    $0x0720, %ax
        movw    $0xb800, %bx
        movw    $0x4000, %cx
        cmpb    $3, VIDEO_MODE
        jbe     1f
        xorw    %ax, %ax
        movw    $0xa000, %bx
        movw    $0x8000, %cx
1:      movw    %bx, %es
        xorw    %di, %di
        rep stosw
        ret

# --- Colours

# Modes whose attributes name 64 colours get bits rgbRGB of the index as a third and two thirds of each gun.
# Mode 13h gets 16 of those, 16 greys and 216 hues.
default_palette:
        movw    $DAC_MASK, %dx
        movb    $0xff, %al
        outb    %al, %dx
        movw    $DAC_WRITE_INDEX, %dx
        xorb    %al, %al
        outb    %al, %dx
        incw    %dx
        cmpb    $0x13, VIDEO_MODE
        je      palette_256
        xorb    %bl, %bl
1:      call    write_rgb
        incb    %bl
        cmpb    $64, %bl
        jb      1b
        ret

write_rgb:                              # BL = rgbRGB; DX = DAC data
        movb    $2, %cl                 # red, green, blue in bits 2, 1, 0
1:      xorb    %al, %al
        movb    %bl, %ah
        shrb    %cl, %ah
        testb   $0x01, %ah
        jz      2f
        addb    $0x2a, %al
2:      testb   $0x08, %ah
        jz      3f
        addb    $0x15, %al
3:      outb    %al, %dx
        decb    %cl
        jns     1b
        ret

palette_256:
        movw    $ega_16, %si
1:      movb    %cs:(%si), %bl
        call    write_rgb
        incw    %si
        cmpw    $ega_16_end, %si
        jb      1b
2:      movb    %cs:(%si), %al          # greys stand behind them
        outb    %al, %dx
        outb    %al, %dx
        outb    %al, %dx
        incw    %si
        cmpw    $greys_end, %si
        jb      2b
3:      movw    $hue_ring, %di          # levels follow the greys: nine rows of five
4:      movb    %cs:(%di), %bl          # red, green, blue as digits 0-4 in three nibbles
        movzbw  %bl, %bx
        movb    %cs:(%bx,%si), %al
        outb    %al, %dx
        movb    %cs:1(%di), %bl
        movb    %cs:(%bx,%si), %al
        outb    %al, %dx
        movb    %cs:2(%di), %bl
        movb    %cs:(%bx,%si), %al
        outb    %al, %dx
        addw    $3, %di
        cmpw    $hue_ring_end, %di
        jb      4b
        addw    $5, %si
        cmpw    $levels_end, %si
        jb      3b
        xorb    %al, %al                # 248-255 are black
        movw    $24, %cx
5:      outb    %al, %dx
        loop    5b
        ret

# --- Fonts

load_rom_font:
        pushw   %ds
        pushw   %cs
        popw    %ds
        movw    $font_8x16, %si
        movw    $256, %cx
        xorw    %dx, %dx
        movw    $0x1000, %bx
        call    load_font
        popw    %ds
        ret

# Copies CX glyphs of BH bytes from DS:SI into plane 2, from glyph DX of block BL on.
load_font:
        pushal
        pushw   %es
        movw    $0xa000, %ax
        movw    %ax, %es
        movzbw  %bl, %di                # block b begins at 16 KiB * (b & 3) + 8 KiB * (b >> 2)
        movw    %di, %ax
        andw    $3, %di
        shlw    $14, %di
        andw    $4, %ax
        shlw    $11, %ax
        addw    %ax, %di
        shlw    $5, %dx
        addw    %dx, %di
        movw    %cx, %bp
        movb    %bh, %bl
        xorb    %bh, %bh                # BX = bytes of a glyph
        pushw   %si
        movw    $font_access_on, %si
        call    write_access
        popw    %si
        jmp     2f
1:      movw    %bx, %cx
        pushw   %di
        rep movsb
        popw    %di
        addw    $32, %di
        decw    %bp
2:      testw   %bp, %bp
        jnz     1b
        movw    $font_access_off, %si
        call    write_access
        popw    %es
        popal
        ret

write_access:                           # CS:SI = two words for the sequencer, three for the graphics controller
        movw    $SEQUENCER, %dx
        movw    %cs:(%si), %ax
        outw    %ax, %dx
        movw    %cs:2(%si), %ax
        outw    %ax, %dx
        movw    $GRAPHICS, %dx
        movw    %cs:4(%si), %ax
        outw    %ax, %dx
        movw    %cs:6(%si), %ax
        outw    %ax, %dx
        movw    %cs:8(%si), %ax
        outw    %ax, %dx
        ret

        .section .rodata
        .globl  font_8x16, font_8x8
        .balign 2
# Map mask, memory mode; read plane, mode, miscellaneous.
font_access_on:
        .word   0x0402, 0x0704, 0x0204, 0x0005, 0x0406
font_access_off:
        .word   0x0302, 0x0304, 0x0004, 0x1005, 0x0e06

# Mode asked for, mode set, table. The monochrome mode 7 becomes 3: the screen is a colour one.
mode_list:
        .byte   0x00, 0x00
        .word   mode_40x25
        .byte   0x01, 0x01
        .word   mode_40x25
        .byte   0x02, 0x02
        .word   mode_80x25
        .byte   0x03, 0x03
        .word   mode_80x25
        .byte   0x07, 0x03
        .word   mode_80x25
        .byte   0x12, 0x12
        .word   mode_640x480
        .byte   0x13, 0x13
        .word   mode_320x200
        .byte   0xff, 0xff

mode_40x25:
        .byte   40, 24, 16, 0x28
        .word   0x0800
        .byte   0x67
        .byte   0x08, 0x03, 0x00, 0x02
        .byte   0x2d, 0x27, 0x28, 0x90, 0x2b, 0xa0, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00
        .byte   0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x14, 0x1f, 0x96, 0xb9, 0xa3, 0xff
        .byte   0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff
        .byte   0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
        .byte   0x0c, 0x00, 0x0f, 0x08
mode_80x25:
        .byte   80, 24, 16, 0x29
        .word   0x1000
        .byte   0x67
        .byte   0x00, 0x03, 0x00, 0x02
        .byte   0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00
        .byte   0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff
        .byte   0x00, 0x00, 0x00, 0x00, 0x00, 0x10, 0x0e, 0x0f, 0xff
        .byte   0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
        .byte   0x0c, 0x00, 0x0f, 0x08
mode_640x480:
        .byte   80, 29, 16, 0x29
        .word   0xa000
        .byte   0xe3
        .byte   0x01, 0x0f, 0x00, 0x06
        .byte   0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0x0b, 0x3e, 0x00, 0x40, 0x00, 0x00, 0x00
        .byte   0x00, 0x00, 0x00, 0xea, 0x8c, 0xdf, 0x28, 0x00, 0xe7, 0x04, 0xe3, 0xff
        .byte   0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05, 0x0f, 0xff
        .byte   0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
        .byte   0x01, 0x00, 0x0f, 0x00
mode_320x200:
        .byte   40, 24, 8, 0x08
        .word   0xfa00
        .byte   0x63
        .byte   0x01, 0x0f, 0x00, 0x0e
        .byte   0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00
        .byte   0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff
        .byte   0x00, 0x00, 0x00, 0x00, 0x00, 0x40, 0x05, 0x0f, 0xff
        .byte   0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f
        .byte   0x41, 0x00, 0x0f, 0x00

# Mode 13h's first 16 colours as rgbRGB, and its greys.
ega_16:
        .byte   0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x14, 0x07, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f
ega_16_end:
        .byte   0x00, 0x05, 0x08, 0x0b, 0x0e, 0x11, 0x14, 0x18, 0x1c, 0x20, 0x24, 0x28, 0x2d, 0x32, 0x38, 0x3f
greys_end:
# Gun levels 0-4 for three brightnesses by three saturations.
        .byte   0x00, 0x10, 0x1f, 0x2f, 0x3f
        .byte   0x1f, 0x27, 0x2f, 0x37, 0x3f
        .byte   0x2d, 0x31, 0x36, 0x3a, 0x3f
        .byte   0x00, 0x07, 0x0e, 0x15, 0x1c
        .byte   0x0e, 0x11, 0x15, 0x18, 0x1c
        .byte   0x14, 0x16, 0x18, 0x1a, 0x1c
        .byte   0x00, 0x04, 0x08, 0x0c, 0x10
        .byte   0x08, 0x0a, 0x0c, 0x0e, 0x10
        .byte   0x0b, 0x0c, 0x0d, 0x0f, 0x10
levels_end:
# 24 hues, blue to red to green to blue, as levels of red, green and blue.
hue_ring:
        .byte   0, 0, 4, 1, 0, 4, 2, 0, 4, 3, 0, 4, 4, 0, 4, 4, 0, 3, 4, 0, 2, 4, 0, 1
        .byte   4, 0, 0, 4, 1, 0, 4, 2, 0, 4, 3, 0, 4, 4, 0, 3, 4, 0, 2, 4, 0, 1, 4, 0
        .byte   0, 4, 0, 0, 4, 1, 0, 4, 2, 0, 4, 3, 0, 4, 4, 0, 3, 4, 0, 2, 4, 0, 1, 4
hue_ring_end:

        .balign 16
font_8x16:
        .incbin "font.bin"
font_8x8:
        .incbin "font-small.bin"
