# A boot sector that leaves real mode: it switches the processor to 32-bit protected mode, and writes to the screen without the BIOS.
# Source: Intel's Software Developer's Manual, volume 3, sections 3.4 (segments) and 10.9 (switching to protected mode).

        .set    CODE, 0x08              # selectors: the number of a descriptor, times 8
        .set    DATA, 0x10
        .set    SCREEN, 0xb8000
        .set    COLUMNS, 80
        .set    GREEN, 0x0a             # light green on black

        .code16
        .globl  _start
        .text
_start: cli                             # no interrupts from here on: the BIOS's handlers are 16-bit code
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp

        movw    $0x0003, %ax            # the last thing the BIOS does for us: an empty text screen
        int     $0x10

        inb     $0x92, %al              # address line A20: without it, every second MiB is the one before it
        orb     $2, %al
        andb    $0xfe, %al              # (bit 0 would reset the PC)
        outb    %al, $0x92

        lgdt    gdt_register            # where the descriptor table is
        movl    %cr0, %eax
        orl     $1, %eax                # bit 0, PE: protection enabled
        movl    %eax, %cr0
        ljmp    $CODE, $protected       # CS gets its new meaning by a far jump only

        .code32                         # the same processor, another language: 32-bit instructions
protected:
        movw    $DATA, %ax              # the other segment registers follow
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $0x7c00, %esp
        cld

        movl    $hello, %esi
        movl    $SCREEN, %edi
        movb    $GREEN, %ah
        call    print

# What real mode cannot do: write at 16 MiB, and see that it is other memory than at 0.
        movl    $0x01000000, %ebx
        movl    $0x12345678, (%ebx)
        movl    $far, %esi
        cmpl    $0x12345678, 0
        jne     1f
        movl    $folded, %esi
1:      movl    $SCREEN + 2 * COLUMNS, %edi     # the second row
        call    print

stop:   hlt
        jmp     stop

# Prints the text at ESI, which ends with a zero byte, at EDI in the colours AH. A character on the screen is two bytes.
print:  lodsb
        testb   %al, %al
        jz      1f
        stosw                           # AL and AH to the screen; EDI = EDI + 2
        jmp     print
1:      ret

# The descriptor table. Both segments begin at 0 and are 4 GiB long: the flat memory that a C compiler expects.
        .align  8
gdt:    .quad   0                       # descriptor 0 is never used
        .quad   0x00cf9a000000ffff      # 08h: code, may be read
        .quad   0x00cf92000000ffff      # 10h: data, may be written
gdt_register:
        .word   . - gdt - 1             # its last byte
        .long   gdt                     # its address

hello:  .asciz  "Hello from 32-bit protected mode!"
far:    .asciz  "16 MiB is far away from 0."
folded: .asciz  "16 MiB is the same as 0: A20 is off."

        .org    510
        .byte   0x55, 0xaa
