# A boot sector for a hard disk that calls the fixed disk's services and sends what they answer to COM1, a line each: a name,
# AX BX CX DX in hexadecimal, and "c" for carry or "-". The first sector loads the rest. The disk: 2,000 cylinders of 16 heads of
# 63 sectors, in whose sectors 100 to 299 each byte is the sector's number.

        .code16
        .set    SECTORS, 5              # of this program behind the first
        .set    SCRATCH, 0x3000         # segment for buffers
        .set    COM1, 0x3f8

        .text
        .globl  _start
_start: ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movb    %dl, drive
        movw    $0x0200 + SECTORS, %ax
        movw    $0x7e00, %bx
        movw    $0x0002, %cx
        xorb    %dh, %dh
        int     $0x13
        jnc     begin
        int     $0x18

# Sends the name that follows the call, the registers and the carry. Returns with DS and ES zero, DL = drive, all others zero.
report:
        pushaw
        pushfw
        movw    %sp, %bp
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld
        movw    18(%bp), %si            # the return address: the name
1:      lodsb
        testb   %al, %al
        jz      2f
        call    send
        jmp     1b
2:      movw    %si, 18(%bp)
        movw    16(%bp), %dx            # AX
        call    word
        movw    10(%bp), %dx            # BX
        call    word
        movw    14(%bp), %dx            # CX
        call    word
        movw    12(%bp), %dx            # DX
        call    word
        movb    $'c', %al
        testb   $1, (%bp)
        jnz     3f
        movb    $'-', %al
3:      call    send
        movb    $'\n', %al
        call    send
        popfw
        popaw
        xorw    %ax, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        xorw    %si, %si
        movzbw  drive, %dx
        ret

word:   movw    $4, %cx
1:      rolw    $4, %dx
        movb    %dl, %al
        andb    $15, %al
        cmpb    $10, %al
        sbbb    $0x69, %al
        das
        call    send
        loop    1b
        movb    $' ', %al
send:   pushw   %dx
        pushw   %ax
        movw    $COM1 + 5, %dx
1:      inb     %dx, %al
        testb   $0x20, %al              # room for another?
        jz      1b
        popw    %ax
        movw    $COM1, %dx
        outb    %al, %dx
        popw    %dx
        ret

drive:  .byte   0

        .org    510
        .word   0xaa55

        .macro  SHOW name
        call    report
        .asciz  "\name="
        .endm
        .macro  SERVICE number
        movb    $\number, %ah
        int     $0x13
        .endm

begin:
        movw    $COM1 + 3, %dx          # eight data bits
        movb    $3, %al
        outb    %al, %dx
        movzbw  drive, %dx
        xorw    %ax, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        SHOW    "drive"
        SERVICE 0x08
        xorw    %bx, %bx
        SHOW    "params"
        SERVICE 0x15
        SHOW    "type"
        movb    $0x83, %dl
        SERVICE 0x15
        movb    $0, %dh
        SHOW    "notype"
        SERVICE 0x00
        SHOW    "reset"
        SERVICE 0x01
        SHOW    "status"
        SERVICE 0x10
        SHOW    "ready"
        movw    $0x0502, %cx            # cylinder 5, sector 2
        movb    $3, %dh
        SERVICE 0x0c
        xorw    %cx, %cx
        movb    $0, %dh
        SHOW    "seek"

        movw    $SCRATCH, %ax           # 128 sectors from sector 101 on, through the segment's end
        movw    %ax, %es
        movw    $0x0280, %ax
        movw    $0x0027, %cx            # sector 39 of head 1 is 63 + 38
        movb    $1, %dh
        int     $0x13
        movb    %es:0, %bl
        movb    %es:0xffff, %bh
        SHOW    "read"
        movw    $0x0204, %ax            # over the end of a track, into the middle of a segment
        movw    $0x003e, %cx
        movb    $1, %dh
        movw    $SCRATCH, %bx
        movw    %bx, %es
        movw    $0xf123, %bx
        int     $0x13
        movw    $0, %cx
        movb    %es:0xf123, %cl
        movb    %es:0xf123 + 3 * 512, %ch
        movw    $0, %bx
        SHOW    "odd"
        movw    $0x0200, %ax            # no sectors
        movw    $0x0001, %cx
        int     $0x13
        movb    $0, %al
        SHOW    "none"
        movw    $0x0201, %ax            # no sector 0
        movw    $0x0000, %cx
        int     $0x13
        movb    $0, %al
        SHOW    "zero"
        movw    $0x0402, %ax            # verify
        movw    $0x0001, %cx
        int     $0x13
        SHOW    "verify"

        SERVICE 0x41
        SHOW    "nomagic"
        movw    $0x55aa, %bx
        SERVICE 0x41
        movb    $0, %al
        SHOW    "magic"
        movw    $packet, %si
        movl    $1500000, packet + 8
        SERVICE 0x42
        movw    packet + 2, %bx
        SHOW    "edd"
        movl    $298, packet + 8
        movw    $3, packet + 2
        movw    $packet, %si
        SERVICE 0x42
        pushw   $SCRATCH
        popw    %es
        movb    %es:0x10, %bl
        movb    %es:0x10 + 512, %bh
        movb    %es:0x10 + 1024, %cl
        movb    $0, %ch
        SHOW    "edd3"
        movl    $-1, packet + 8
        movw    $1, packet + 2
        movw    $packet, %si
        SERVICE 0x42
        movw    packet + 2, %bx
        SHOW    "end"
        movw    $1, packet + 2
        movw    $packet, %si
        movl    $2015999, packet + 8    # the last one
        SERVICE 0x44
        movw    packet + 2, %bx
        SHOW    "vlast"
        movw    $2, packet + 2
        movw    $packet, %si
        SERVICE 0x44
        SHOW    "vpast"
        movb    $8, packet
        movw    $packet, %si
        SERVICE 0x42
        SHOW    "short"
        movb    $16, packet

        movw    $SCRATCH, %ax           # writes sector 5,000 by packet, and reads it by cylinder, head and sector
        movw    %ax, %es
        movw    $0x5aa5, %ax
        movw    $0x10, %di
        movw    $256, %cx
        rep stosw
        movl    $5000, packet + 8
        movw    $1, packet + 2
        movw    $packet, %si
        movb    $0, %al
        SERVICE 0x43
        SHOW    "write"
        SERVICE 0x08
        movb    %dh, %al                # heads of the translated geometry
        incb    %al
        movb    $63, %bl
        mulb    %bl
        movw    %ax, %bx
        xorw    %dx, %dx
        movw    $5000, %ax
        divw    %bx                     # AX = cylinder
        movw    %ax, %cx
        movw    %dx, %ax
        movb    $63, %bl
        divb    %bl                     # AL = head, AH = sector - 1
        movb    %cl, %ch
        movb    %ah, %cl
        incb    %cl
        movb    %al, %dh
        movb    drive, %dl
        movw    $SCRATCH + 0x100, %bx
        movw    %bx, %es
        movw    $0x0201, %ax
        xorw    %bx, %bx
        int     $0x13
        movw    %es:0, %bx
        movw    %es:510, %cx
        movb    $0, %dh
        SHOW    "chs"
        movw    $parameters, %si
        SERVICE 0x48
        movw    parameters, %bx
        movw    parameters + 24, %cx
        SHOW    "48h"
        movw    parameters + 4, %ax
        movw    parameters + 8, %bx
        movw    parameters + 12, %cx
        movw    parameters + 16, %dx
        SHOW    "shape"
        movw    $packet, %si
        SERVICE 0x47
        SHOW    "eseek"
        SERVICE 0x77
        SHOW    "none77"
        movb    $0x81, %dl
        SERVICE 0x10
        movb    $0, %dh
        SHOW    "other"
        movb    0x475, %bl
        SHOW    "count"
        SHOW    "fin"
1:      hlt
        jmp     1b

packet: .byte   16, 0
        .word   1
        .word   0x10, SCRATCH
        .quad   0
parameters:
        .word   0x1a
        .skip   64
