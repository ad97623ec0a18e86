# A boot sector for the tests of `minios run`: prints a prompt, then echoes keys to screen, COM1 and port E9h.
# Keys with a meaning: q power off, d die of a triple fault, h halt for good, w write the sector behind this one, c never rest.
        .code16
        .text
        .globl _start
        # Segment 7C0h makes the section's offsets the addresses, so that the object needs no linking.
_start: ljmp    $0x7c0, $begin
begin:  movw    %cs, %ax
        movw    %ax, %ds
        movb    %dl, drive
        xorw    %ax, %ax
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        # COM1: 8 data bits, no parity. After a reset a 16550 sends 5 bits of each byte.
        movw    $0x3fb, %dx
        movb    $3, %al
        outb    %al, %dx
        movw    $prompt, %si
1:      lodsb
        testb   %al, %al
        jz      next
        call    put
        jmp     1b

next:   movb    $0, %ah
        int     $0x16
        call    put
        cmpb    $'q', %al
        je      power_off
        cmpb    $'d', %al
        je      die
        cmpb    $'h', %al
        je      halt
        cmpb    $'w', %al
        je      write
        cmpb    $'c', %al
        je      spin
        jmp     next

put:    pushw   %ax
        outb    %al, $0xe9
        movw    $0x3f8, %dx
        outb    %al, %dx
        movb    $0x0e, %ah
        movw    $7, %bx
        int     $0x10
        popw    %ax
        ret

power_off:
        movw    $0x604, %dx
        movw    $0x2000, %ax
        outw    %ax, %dx
halt:   cli
        hlt
        jmp     halt

die:    lidt    no_table
        int3

write:  movw    $0x0301, %ax
        movw    $0x7c00, %bx
        movw    $0x0002, %cx
        movb    drive, %dl
        xorb    %dh, %dh
        int     $0x13
        movb    $'!', %al
        jnc     1f
        movb    $'?', %al
1:      call    put
        jmp     next

spin:   incl    %ecx
        jmp     spin

drive:  .byte   0
prompt: .asciz  "ready>"
no_table:
        .word   0
        .long   0
        .org    510
        .byte   0x55, 0xaa
