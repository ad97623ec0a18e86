# Booted from a CD, without emulation or as the image of a diskette or disk: what int 13h answers about the drive that it was booted
# from, a line each: a name, AX BX CX DX and the carry. Block 20 behind this program's first has the text "block 20".

        .include "test/devices/report.inc"

        .macro  SHOW name
        TEXT    "\name="
        call    report
        .endm

begin:  movb    %dl, drive
        xorw    %ax, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        SHOW    "drive"
        movb    $0x08, %ah
        int     $0x13
        movw    %es, bx_es
        SHOW    "params"
        movb    $0x15, %ah
        int     $0x13
        movb    $0, %al
        SHOW    "type"
        movw    $0x0201, %ax            # cylinder 0, head 1, sector 3 is block 20 of 18 a track
        movw    $0x0003, %cx
        movb    $0x01, %dh
        movw    $0x9000, %bx
        int     $0x13
        movw    0x9000, %bx
        movw    $0, %cx
        movb    $0, %dh
        SHOW    "read"
        movw    $0x0301, %ax
        movw    $0x0003, %cx
        movw    $0x9000, %bx
        int     $0x13
        movb    $0, %al
        SHOW    "write"
        movw    $0x4b01, %ax
        movw    $specification, %si
        int     $0x13
        movw    specification, %bx      # size and media type
        movb    specification + 2, %cl
        movb    $0, %ch
        SHOW    "4b01"
        movw    specification + 12, %ax # segment, sectors, geometry
        movw    specification + 14, %bx
        movw    specification + 16, %cx
        movb    specification + 18, %dl
        SHOW    "spec"
        movw    $0x55aa, %bx
        movb    $0x41, %ah
        movb    drive, %dl
        int     $0x13
        movb    $0, %al
        SHOW    "41h"
        movw    0x410, %ax              # drives in the equipment word
        andw    $0x00c1, %ax
        movb    0x475, %bl
        SHOW    "equip"
        cmpb    $0xe0, drive
        jb      1f
        movl    specification + 4, %eax # without emulation: the image by sectors of 2048 bytes
        addl    $5, %eax
        movl    %eax, packet + 8
        movw    $packet, %si
        movb    $0x42, %ah
        movb    drive, %dl
        int     $0x13
        movw    0x9000, %bx
        movw    packet + 2, %cx
        SHOW    "42h"
        movw    $parameters, %si
        movb    $0x48, %ah
        movb    drive, %dl
        int     $0x13
        movw    parameters + 24, %bx
        SHOW    "48h"
1:      TEXT    "end\n"
2:      hlt
        jmp     2b

# AX BX CX DX and the carry; then all are zero, and DL = drive.
report: pushfw
        call    hex_word
        TEXT    " "
        movw    %bx, %ax
        call    hex_word
        TEXT    " "
        movw    %cx, %ax
        call    hex_word
        TEXT    " "
        movw    %dx, %ax
        call    hex_word
        popfw
        jc      1f
        TEXT    " -\n"
        jmp     2f
1:      TEXT    " c\n"
2:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        xorw    %bx, %bx
        xorw    %cx, %cx
        movzbw  drive, %dx
        ret

drive:  .byte   0
bx_es:  .word   0
packet: .byte   16, 0
        .word   1, 0x9000, 0
        .quad   0
parameters:
        .word   0x1a
        .skip   30
specification:
        .byte   0x13
        .skip   20
