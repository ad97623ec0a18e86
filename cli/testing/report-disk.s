# A boot sector that reports, in hexadecimal bytes, what machine it finds itself on: the drive that it came from, the memory above
# 1 MiB in KiB, the date and hour of the real-time clock, and the geometry of the first hard disk. "S" goes to COM1, "E" to port E9h.

        .code16
        .globl  _start
_start: xorw    %ax, %ax
        movw    %ax, %ss
        movw    $0x7c00, %sp
        movw    $0x7c0, %ax             # labels count from the sector's start
        movw    %ax, %ds
        cld
        movb    %dl, %al                # the BIOS leaves the drive here
        call    byte

        movw    $registers, %si         # CMOS RAM
next:   lodsb
        cmpb    $0xff, %al
        je      disk
        outb    %al, $0x70
        inb     $0x71, %al
        call    byte
        jmp     next

disk:   xorw    %ax, %ax
        movw    %ax, %es
        movw    $0x0800, %ax            # the drive's parameters
        movb    $0x80, %dl
        int     $0x13
        movw    %cx, %bx
        movb    %dh, %ah
        movb    %bh, %al                # cylinders, low byte
        call    byte
        movb    %bl, %al                # sectors in a track; two high bits of cylinders
        call    byte
        movb    %ah, %al                # heads
        call    byte

        movw    $0x3f8, %dx
        movb    $'S', %al
        outb    %al, %dx
        movb    $'E', %al
        outb    %al, $0xe9
        movb    $'$', %al
        call    put
stop:   hlt
        jmp     stop

# AL in two digits.
byte:   pushw   %ax
        pushw   %ax
        shrb    $4, %al
        call    digit
        popw    %ax
        andb    $15, %al
        call    digit
        popw    %ax
        ret
digit:  addb    $'0', %al
        cmpb    $'9', %al
        jbe     put
        addb    $'a' - '9' - 1, %al
put:    pushw   %ax
        pushw   %bx
        movb    $0x0e, %ah
        xorw    %bx, %bx
        int     $0x10
        popw    %bx
        popw    %ax
        ret

registers:
        .byte   0x31, 0x30, 0x32, 0x09, 0x08, 0x07, 0x04, 0xff
        .org    510
        .byte   0x55, 0xaa
