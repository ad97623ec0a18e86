# Opens the A20 line in real mode, with DS at 0: three ways, and after each a look whether it is open now. For setup.s and the boot
# loader (loader/real.s), which include it and have `fail` (SI = text; does not return) and the text `no_a20`.
# Sources: IBM PS/2 Hardware Interface Technical Reference (port 92h); Intel 8042 data sheet; int 15h, function 2401h.

open_a20:
        call    a20_is_open
        je      9f
        movw    $0x2401, %ax            # the BIOS
        int     $0x15
        call    a20_is_open
        je      9f
        inb     $0x92, %al              # system control port A
        orb     $0x02, %al
        andb    $0xfe, %al
        outb    %al, $0x92
        call    a20_is_open
        je      9f
        call    keyboard_ready          # the keyboard controller's output port
        movb    $0xd1, %al
        outb    %al, $0x64
        call    keyboard_ready
        movb    $0xdf, %al
        outb    %al, $0x60
        call    keyboard_ready
        movw    $0xffff, %cx            # it may take its time
1:      call    a20_is_open
        je      9f
        loop    1b
        movw    $no_a20, %si
        jmp     fail
9:      ret

# ZF: 0:0500 and FFFF:0510, a megabyte apart, are two places.
a20_is_open:
        pushw   %es
        pushw   %bx
        movw    $0xffff, %ax
        movw    %ax, %es
        movw    0x0500, %bx
        movw    %bx, %ax
        notw    %ax
        movw    %ax, %es:0x0510
        cmpw    %bx, 0x0500             # did the write reach this place?
        movw    %bx, 0x0500
        popw    %bx
        popw    %es
        ret

keyboard_ready:
        xorw    %cx, %cx
1:      inb     $0x64, %al
        testb   $0x02, %al
        loopnz  1b
        ret
