# A boot sector: the first program of a PC. The BIOS reads the first 512 bytes of the floppy to address 7C00h and jumps there,
# if the last two bytes are 55h and AAh. The processor is in real mode then: 16 bits, and the BIOS's services are at hand as
# software interrupts (int 10h is the screen, int 16h the keyboard).
# Syntax: GNU as, AT&T. The source comes first, then the target; % marks a register, $ a number.

        .code16                         # the processor is in 16-bit mode
        .globl  _start

        .text
_start:
        cli                             # no interrupt while there is no good stack
        xorw    %ax, %ax
        movw    %ax, %ds                # addresses in this program count from 0
        movw    %ax, %ss
        movw    $0x7c00, %sp            # the stack grows down from here
        sti
        cld                             # lodsb goes forward

        movw    $0x0003, %ax            # function 0, mode 3: 80 x 25 characters, an empty screen
        int     $0x10

        movw    $greeting, %si
        call    print

# Show every key that is pressed, for ever.
echo:
        xorb    %ah, %ah                # function 0: wait for a key; AL = its character
        int     $0x16
        call    print_character
        cmpb    $'\r', %al              # Enter gives "carriage return" only:
        jne     echo
        movb    $'\n', %al              # the line feed we add
        call    print_character
        jmp     echo

# Prints the text at SI, which ends with a zero byte.
print:
        lodsb                           # AL = the byte at SI; SI = SI + 1
        testb   %al, %al
        jz      done
        call    print_character
        jmp     print
done:
        ret

# Prints the character in AL, where the cursor is.
print_character:
        pushw   %ax
        movb    $0x0e, %ah              # function 0Eh: teletype output
        xorw    %bx, %bx                # on page 0
        int     $0x10
        popw    %ax
        ret

greeting:
        .asciz  "Hello from the boot sector! Type something.\r\n"

# Fill up to byte 510 with zeroes; then the mark by which the BIOS knows a boot sector. `.org` is an error when the program has
# grown beyond that place.
        .org    510
        .byte   0x55, 0xaa
