# Int 10h: the screen, as programs see it. The registers behind it are in vga.s.
# Source: IBM BIOS Interface Technical Reference, int 10h.

        .code16
        .include "bios.inc"

        .set    TEXT_SEGMENT, 0xb800
        .set    GRAPHICS_SEGMENT, 0xa000

        .text
        .globl  int10, set_cursor_shape

int10:
        ENTER_SERVICE
        cmpb    $0x4f, %ah
        je      vbe_service
        cmpb    $0x1b, %ah
        jae     1f
        movzbw  %ah, %di
        addw    %di, %di
        call    *%cs:video_services(%di)
1:      LEAVE_SERVICE

no_service:
        ret

mode_service:
        movb    %al, %bl
        call    set_mode
        movb    $0x30, F_AL(%bp)
        ret

# CF when the mode is a graphics one. Changes nothing else.
is_graphics:
        cmpb    $4, VIDEO_MODE
        cmc
        ret

# BH = page; returns DX = its cursor.
cursor_of_page:
        pushw   %bx
        movzbw  %bh, %bx
        andb    $7, %bl
        addw    %bx, %bx
        movw    CURSORS(%bx), %dx
        popw    %bx
        ret

# BH = page, DH = row, DL = column; returns ES:DI = the cell.
cell_address:
        pushw   %ax
        pushw   %dx
        pushw   %bx
        movzbw  %dl, %di
        movzbw  %dh, %ax
        mulw    COLUMNS
        addw    %ax, %di
        addw    %di, %di
        popw    %bx
        movzbw  %bh, %ax
        mulw    PAGE_SIZE
        addw    %ax, %di
        movw    $TEXT_SEGMENT, %ax
        movw    %ax, %es
        popw    %dx
        popw    %ax
        ret

# Two CRTC registers at once: AL = the first's number, BX = value, high byte first.
crtc_write_pair:
        pushw   %dx
        movw    CRTC_PORT, %dx
        movb    %bh, %ah
        outw    %ax, %dx
        incw    %ax
        movb    %bl, %ah
        outw    %ax, %dx
        popw    %dx
        ret

# 01h: CH, CL = first and last line. Programs speak of 8 lines, whatever the height; lines above 7 are taken as they are.
cursor_shape_service:
set_cursor_shape:
        movw    %cx, CURSOR_SHAPE
        movw    CHAR_HEIGHT, %dx
        movb    %ch, %al
        andb    $0x1f, %al
        cmpb    $8, %al
        jae     1f
        cmpb    $8, %cl
        jae     1f
        cmpb    $8, %dl
        jbe     1f
        cmpb    %cl, %al                # a whole block, or upside down: leave it
        ja      1f
        movb    %cl, %al                # last line of 8 becomes the last but one of the real height
        incb    %al
        mulb    %dl
        shrw    $3, %ax
        decw    %ax
        decw    %ax
        movb    %al, %bl
        movb    %ch, %al
        andb    $0x1f, %al
        incb    %al
        mulb    %dl
        shrw    $3, %ax
        decw    %ax
        movb    %al, %bh
        andb    $0x60, %ch
        orb     %ch, %bh
        jmp     2f
1:      movw    %cx, %bx
2:      movb    $0x0a, %al
        jmp     crtc_write_pair

# 02h: BH = page, DH, DL = row, column.
cursor_service:
        call    store_cursor
        jmp     show_cursor

store_cursor:
        pushw   %bx
        movzbw  %bh, %bx
        andb    $7, %bl
        addw    %bx, %bx
        movw    %dx, CURSORS(%bx)
        popw    %bx
        ret

# The hardware cursor stands where the shown page's cursor is.
show_cursor:
        pushal
        pushw   %es
        movb    ACTIVE_PAGE, %bh
        call    cursor_of_page
        call    cell_address
        movw    %di, %bx
        shrw    $1, %bx
        movb    $0x0e, %al
        call    crtc_write_pair
        popw    %es
        popal
        ret

# 03h
cursor_query:
        call    cursor_of_page
        movw    %dx, F_DX(%bp)
        movw    CURSOR_SHAPE, %cx
        movw    %cx, F_CX(%bp)
        ret

# 05h: AL = page to show.
page_service:
        andb    $7, %al
        movb    %al, ACTIVE_PAGE
        movzbw  %al, %ax
        mulw    PAGE_SIZE
        movw    %ax, PAGE_START
        movw    %ax, %bx
        shrw    $1, %bx
        movb    $0x0c, %al
        call    crtc_write_pair
        jmp     show_cursor

# 06h, 07h: scroll the window CH,CL - DH,DL of the shown page by AL lines (0: clear it); BH = attribute of new lines.
scroll_up_service:
        call    is_graphics
        jc      no_service
        call    clip_window
        jc      no_service
        movb    %bh, %bl
        movb    ACTIVE_PAGE, %bh
        jmp     scroll_up

scroll_down_service:
        call    is_graphics
        jc      no_service
        call    clip_window
        jc      no_service
        movb    %bh, %bl
        movb    ACTIVE_PAGE, %bh
        jmp     scroll_down

# Cuts the window to the screen; a count of 0 or more than its height becomes its height. CF: there is no window.
clip_window:
        cmpb    LAST_ROW, %dh
        jbe     1f
        movb    LAST_ROW, %dh
1:      cmpb    COLUMNS, %dl
        jb      2f
        movb    COLUMNS, %dl
        decb    %dl
2:      cmpb    %ch, %dh
        jb      9f
        cmpb    %cl, %dl
        jb      9f
        movb    %dh, %ah
        subb    %ch, %ah
        incb    %ah                     # height
        testb   %al, %al
        jz      3f
        cmpb    %ah, %al
        jbe     4f
3:      movb    %ah, %al
4:      clc
        ret
9:      stc
        ret

# BH = page, BL = attribute, CH,CL - DH,DL = window, AL = lines (1 to its height), AH = its height.
scroll_up:
        pushw   %dx
        movw    %cx, %dx
        call    cell_address            # the destination is the top line
        popw    %dx
        movw    COLUMNS, %si
        addw    %si, %si
        jmp     scroll_lines

scroll_down:
        pushw   %dx
        movb    %cl, %dl
        call    cell_address            # ... or the bottom line
        popw    %dx
        movw    COLUMNS, %si
        addw    %si, %si
        negw    %si

# ES:DI = first line to fill, SI = bytes to the next one, and so on from there.
scroll_lines:
        subb    %cl, %dl
        incb    %dl
        movzbw  %dl, %cx                # width
        movw    %si, %dx                # DX = stride
        pushw   %ax
        cbtw
        imulw   %dx, %ax
        movw    %ax, %si
        addw    %di, %si                # the source is AL lines on
        popw    %ax
        subb    %al, %ah                # lines that are kept
        pushw   %ds
        pushw   %es
        popw    %ds
        jmp     2f
1:      pushw   %cx
        pushw   %si
        pushw   %di
        rep movsw
        popw    %di
        popw    %si
        popw    %cx
        addw    %dx, %si
        addw    %dx, %di
        decb    %ah
2:      testb   %ah, %ah
        jnz     1b
        movb    %al, %bh                # lines to fill
        movb    %bl, %ah
        movb    $0x20, %al
3:      pushw   %cx
        pushw   %di
        rep stosw
        popw    %di
        popw    %cx
        addw    %dx, %di
        decb    %bh
        jnz     3b
        popw    %ds
        ret

# 08h: AL, AH = character and attribute at the cursor of page BH.
read_character:
        call    is_graphics
        jc      no_service
        call    cursor_of_page
        call    cell_address
        movw    %es:(%di), %ax
        movw    %ax, F_AX(%bp)
        ret

# 09h: AL = character, BL = attribute, CX times from the cursor of page BH on.
write_character_attribute:
        call    is_graphics
        jc      no_service
        call    cursor_of_page
        call    cell_address
        movb    %bl, %ah
        rep stosw
        ret

# 0Ah: the same, and the attributes stay.
write_character:
        call    is_graphics
        jc      no_service
        call    cursor_of_page
        call    cell_address
        jcxz    2f
1:      movb    %al, %es:(%di)
        addw    $2, %di
        loop    1b
2:      ret

# 0Bh: BH = 0: BL = border colour.
border_service:
        testb   %bh, %bh
        jnz     no_service
        movb    %bl, %al
        andb    $0x0f, %al
        movb    $0x11, %ah
        call    attribute_write
        jmp     attribute_screen_on

# 0Ch, 0Dh: AL = colour of the pixel at column CX, row DX; in mode 13h.
write_pixel:
        call    pixel_address
        jc      no_service
        movb    %al, %es:(%di)
        ret

read_pixel:
        call    pixel_address
        jc      no_service
        movb    %es:(%di), %al
        movb    %al, F_AL(%bp)
        ret

pixel_address:
        cmpb    $0x13, VIDEO_MODE
        jne     9f
        pushw   %ax
        movw    $GRAPHICS_SEGMENT, %ax
        movw    %ax, %es
        imulw   $320, %dx, %di
        addw    %cx, %di
        popw    %ax
        clc
        ret
9:      stc
        ret

# 0Eh: AL = character as a terminal takes it, on the shown page.
teletype:
        call    is_graphics
        jc      no_service
        movb    ACTIVE_PAGE, %bh
        call    cursor_of_page
        call    teletype_at
        call    store_cursor
        jmp     show_cursor

# Writes AL at DH,DL of page BH and moves on; keeps the attribute that stands there. Returns DX. Changes DI, ES.
teletype_at:
        cmpb    $0x07, %al
        je      9f
        cmpb    $0x08, %al
        je      backspace
        cmpb    $0x0d, %al
        je      carriage_return
        cmpb    $0x0a, %al
        je      line_feed
        call    cell_address
        movb    %al, %es:(%di)
advance:
        incb    %dl
        cmpb    COLUMNS, %dl
        jb      9f
        xorb    %dl, %dl
line_feed:
        incb    %dh
        cmpb    LAST_ROW, %dh
        jbe     9f
        movb    LAST_ROW, %dh
        pushal                          # the new line looks like the place where the cursor was
        call    cell_address
        movb    %es:1(%di), %bl
        xorw    %cx, %cx
        movb    LAST_ROW, %dh
        movb    COLUMNS, %dl
        decb    %dl
        movb    $1, %al
        movb    LAST_ROW, %ah
        incb    %ah
        call    scroll_up
        popal
9:      ret
backspace:
        testb   %dl, %dl
        jz      9b
        decb    %dl
        ret
carriage_return:
        xorb    %dl, %dl
        ret

# 0Fh
mode_query:
        movb    VIDEO_CONTROL, %al
        andb    $0x80, %al
        orb     VIDEO_MODE, %al
        movb    %al, F_AL(%bp)
        movb    COLUMNS, %al
        movb    %al, F_AH(%bp)
        movb    ACTIVE_PAGE, %al
        movb    %al, F_BH(%bp)
        ret

# 12h: BL = 10h asks what adapter it is; 30h-36h set what has only one setting here and report "supported".
adapter_service:
        cmpb    $0x10, %bl
        je      1f
        cmpb    $0x30, %bl
        jb      2f
        cmpb    $0x36, %bl
        ja      2f
        movb    $0x12, F_AL(%bp)
        ret
1:      movw    $0x0003, F_BX(%bp)      # colour, 256 KiB
        movb    $0, F_CH(%bp)
        movb    VIDEO_SWITCHES, %al
        andb    $0x0f, %al
        movb    %al, F_CL(%bp)
2:      ret

# 13h: CX characters at ES:BP to DH,DL of page BH. AL bit 0: the cursor follows; bit 1: an attribute follows each
# character, else BL holds for all.
write_string:
        call    is_graphics
        jc      no_service
        movb    %al, %ah
        movw    F_BP(%bp), %si
        testw   %cx, %cx
        jz      5f
        cmpb    $0xff, %dh              # row FFh: at the cursor
        jne     1f
        call    cursor_of_page
1:      movw    F_ES(%bp), %di
        movw    %di, %es
        movb    %es:(%si), %al
        incw    %si
        testb   $2, %ah
        jz      2f
        movb    %es:(%si), %bl
        incw    %si
2:      cmpb    $0x07, %al              # controls move the cursor and have no attribute
        je      3f
        cmpb    $0x08, %al
        je      3f
        cmpb    $0x0a, %al
        je      3f
        cmpb    $0x0d, %al
        je      3f
        call    cell_address
        movb    %bl, %es:1(%di)
3:      call    teletype_at
        loop    1b
        testb   $1, %ah
        jz      5f
        call    store_cursor
        call    show_cursor
5:      ret

# 1Ah: AL = 0: what displays there are.
display_combination:
        testb   %al, %al
        jnz     1f
        movb    VIDEO_DCC, %al
        movzbw  %al, %ax
        movw    %ax, F_BX(%bp)
1:      movb    $0x1a, F_AL(%bp)
        ret

# --- 10h: palette and DAC

        .set    DAC_READ_INDEX, 0x3c7
        .set    DAC_WRITE_INDEX, 0x3c8

palette_service:
        movw    $palette_list, %si
1:      cmpb    $0xff, %cs:(%si)
        je      2f
        cmpb    %cs:(%si), %al
        je      3f
        addw    $3, %si
        jmp     1b
2:      ret
3:      call    *%cs:1(%si)
        jmp     attribute_screen_on

set_palette_register:                   # BL = register, BH = value
        movb    %bl, %ah
        movb    %bh, %al
        jmp     attribute_write

set_border:                             # BH = value
        movb    $0x11, %ah
        movb    %bh, %al
        jmp     attribute_write

set_palette:                            # ES:DX = 16 registers and the border
        movw    %dx, %si
        xorb    %ah, %ah
1:      movb    %es:(%si), %al
        incw    %si
        call    attribute_write
        incb    %ah
        cmpb    $16, %ah
        jb      1b
        movb    %es:(%si), %al
        movb    $0x11, %ah
        jmp     attribute_write

set_blinking:                           # BL = 1: attribute bit 7 blinks; 0: it is a bright background
        movb    $0x10, %ah
        call    attribute_read
        andb    $0xf7, %al
        andb    $1, %bl
        shlb    $3, %bl
        orb     %bl, %al
        jmp     attribute_write

get_palette_register:                   # BL = register; BH = value
        movb    %bl, %ah
        call    attribute_read
        movb    %al, F_BH(%bp)
        ret

get_border:
        movb    $0x11, %ah
        call    attribute_read
        movb    %al, F_BH(%bp)
        ret

get_palette:                            # ES:DX = room for 17 bytes
        movw    %dx, %di
        xorb    %ah, %ah
1:      call    attribute_read
        stosb
        incb    %ah
        cmpb    $16, %ah
        jb      1b
        movb    $0x11, %ah
        call    attribute_read
        stosb
        ret

set_dac_register:                       # BX = register, DH, CH, CL = red, green, blue
        movb    %dh, %ah
        movw    $DAC_WRITE_INDEX, %dx
        movb    %bl, %al
        outb    %al, %dx
        incw    %dx
        movb    %ah, %al
        outb    %al, %dx
        movb    %ch, %al
        outb    %al, %dx
        movb    %cl, %al
        outb    %al, %dx
        ret

set_dac_block:                          # BX = first, CX = count, ES:DX = triples
        movw    %dx, %si
        movw    $DAC_WRITE_INDEX, %dx
        movb    %bl, %al
        outb    %al, %dx
        incw    %dx
        imulw   $3, %cx, %cx
        jcxz    2f
1:      movb    %es:(%si), %al
        incw    %si
        outb    %al, %dx
        loop    1b
2:      ret

get_dac_register:                       # BX = register
        movw    $DAC_READ_INDEX, %dx
        movb    %bl, %al
        outb    %al, %dx
        movw    $DAC_WRITE_INDEX + 1, %dx
        inb     %dx, %al
        movb    %al, F_DH(%bp)
        inb     %dx, %al
        movb    %al, F_CH(%bp)
        inb     %dx, %al
        movb    %al, F_CL(%bp)
        ret

get_dac_block:                          # BX = first, CX = count, ES:DX = room
        movw    %dx, %di
        movw    $DAC_READ_INDEX, %dx
        movb    %bl, %al
        outb    %al, %dx
        movw    $DAC_WRITE_INDEX + 1, %dx
        imulw   $3, %cx, %cx
        jcxz    2f
1:      inb     %dx, %al
        stosb
        loop    1b
2:      ret

# --- 11h: fonts

font_service:
        cmpb    $0x30, %al
        je      font_information
        movb    %al, %ah
        andb    $0xf0, %ah
        cmpb    $0x20, %ah
        je      graphics_font
        call    is_graphics
        jc      9f
        movb    %al, %ah
        andb    $0xef, %ah              # 1xh does the same and sets the mode's rows anew
        jz      user_font
        movw    $font_8x8, %si
        movb    $8, %bh
        cmpb    $0x02, %ah
        je      rom_font
        movw    $font_8x16, %si
        movb    $16, %bh
        cmpb    $0x04, %ah
        je      rom_font
        cmpb    $0x03, %ah
        je      select_block
9:      ret

# 00h, 10h: CX glyphs of BH bytes at ES:BP, from glyph DX of block BL on.
user_font:
        pushw   %ds
        pushw   %ax
        movw    F_ES(%bp), %ax
        movw    F_BP(%bp), %si
        movw    %ax, %ds
        call    load_font
        popw    %ax
        popw    %ds
        testb   $0x10, %al
        jz      9b
        jmp     use_height

# 02h, 04h, 12h, 14h: the ROM's font at SI, BH bytes a glyph, into block BL.
rom_font:
        pushw   %ds
        pushw   %ax
        pushw   %cs
        popw    %ds
        movw    $256, %cx
        xorw    %dx, %dx
        call    load_font
        popw    %ax
        popw    %ds
        testb   $0x10, %al
        jz      9b

# BH = height of a character: the screen gets as many rows as fit into 400 lines.
use_height:
        movzbw  %bh, %cx
        jcxz    9b
        movw    %cx, CHAR_HEIGHT
        movw    CRTC_PORT, %dx
        movb    $0x09, %al              # maximum scan line
        outb    %al, %dx
        incw    %dx
        inb     %dx, %al
        andb    $0xe0, %al
        decw    %cx
        orb     %cl, %al
        outb    %al, %dx
        incw    %cx
        movw    $400, %ax
        xorw    %dx, %dx
        divw    %cx
        movb    %al, %bl                # rows
        decb    %al
        movb    %al, LAST_ROW
        movzbw  %bl, %ax
        mulw    COLUMNS
        addw    %ax, %ax
        addw    $0x0100, %ax            # a little room between pages, as the modes have
        movw    %ax, PAGE_SIZE
        movw    $0x0607, %cx
        jmp     set_cursor_shape

# 20h to 24h: where graphics modes find their glyphs: the upper half of an 8 x 8 font at int 1Fh, all else at int 43h.
graphics_font:
        movw    F_ES(%bp), %dx
        movw    F_BP(%bp), %si
        movw    $0x1f * 4, %di
        cmpb    $0x20, %al
        je      1f
        movw    $0x43 * 4, %di
        movw    F_CX(%bp), %cx
        cmpb    $0x21, %al
        je      2f
        movw    %cs, %dx
        movw    $font_8x8, %si
        movw    $8, %cx
        cmpb    $0x23, %al
        je      2f
        movw    $font_8x16, %si
        movw    $16, %cx
        cmpb    $0x24, %al
        jne     3f
2:      movw    %cx, CHAR_HEIGHT
        movb    F_DL(%bp), %al          # BL: 0 as DL says, 1 14 rows, 2 25, 3 43
        decb    %al
        testb   %bl, %bl
        jz      4f
        movb    $13, %al
        cmpb    $2, %bl
        jb      4f
        movb    $24, %al
        je      4f
        movb    $42, %al
4:      movb    %al, LAST_ROW
1:      xorw    %ax, %ax
        movw    %ax, %es
        movw    %si, %es:(%di)
        movw    %dx, %es:2(%di)
3:      ret

# 03h: BL = which blocks attribute bit 3 chooses from (sequencer register 3).
select_block:
        movw    $0x3c4, %dx
        movb    $3, %al
        movb    %bl, %ah
        outw    %ax, %dx
        ret

# 30h: BH = which font; ES:BP, CX = height on the screen, DL = last row.
font_information:
        movw    CHAR_HEIGHT, %cx
        movw    %cx, F_CX(%bp)
        movb    LAST_ROW, %cl
        movb    %cl, F_DL(%bp)
        xorw    %ax, %ax
        movw    %ax, %es
        movw    $0x1f * 4, %si
        testb   %bh, %bh
        jz      1f
        movw    $0x43 * 4, %si
        cmpb    $1, %bh
        je      1f
        movw    %cs, F_ES(%bp)
        movw    $font_8x8, F_BP(%bp)
        cmpb    $3, %bh
        je      2f
        movw    $font_8x8 + 128 * 8, F_BP(%bp)
        cmpb    $4, %bh
        je      2f
        movw    $font_8x16, F_BP(%bp)
2:      ret
1:      movw    %es:(%si), %ax
        movw    %ax, F_BP(%bp)
        movw    %es:2(%si), %ax
        movw    %ax, F_ES(%bp)
        ret

        .section .rodata
        .balign 2
video_services:
        .word   mode_service, cursor_shape_service, cursor_service, cursor_query
        .word   no_service, page_service, scroll_up_service, scroll_down_service
        .word   read_character, write_character_attribute, write_character, border_service
        .word   write_pixel, read_pixel, teletype, mode_query
        .word   palette_service, font_service, adapter_service, write_string
        .word   no_service, no_service, no_service, no_service
        .word   no_service, no_service, display_combination

palette_list:
        .byte   0x00
        .word   set_palette_register
        .byte   0x01
        .word   set_border
        .byte   0x02
        .word   set_palette
        .byte   0x03
        .word   set_blinking
        .byte   0x07
        .word   get_palette_register
        .byte   0x08
        .word   get_border
        .byte   0x09
        .word   get_palette
        .byte   0x10
        .word   set_dac_register
        .byte   0x12
        .word   set_dac_block
        .byte   0x15
        .word   get_dac_register
        .byte   0x17
        .word   get_dac_block
        .byte   0xff
