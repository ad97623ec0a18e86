# The kernel proper: writes to the text screen. The screen is memory, at B8000h: 25 rows of 80 characters. A character is two
# bytes: its code, then its colours (background in the high four bits, foreground in the low four).

        .set    SCREEN, 0xb8000
        .set    COLUMNS, 80
        .set    ROWS, 25
        .set    GREY, 0x07              # light grey on black
        .set    GREEN, 0x0a
        .set    RED, 0x0c
        .set    LOADER_MAGIC, 0x2badb002

        .text
        .globl  main

# main(magic, information). Called like a C function: arguments on the stack, and EBX, ESI, EDI and EBP are the caller's.
main:
        pushl   %ebp
        movl    %esp, %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi

        call    clear_screen
        movl    $greeting, %esi
        movl    $SCREEN, %edi           # the first row
        movb    $GREEN, %ah
        call    print

        movl    $SCREEN + 2 * COLUMNS, %edi     # the second row
        cmpl    $LOADER_MAGIC, 8(%ebp)  # the first argument
        jne     1f                      # "1f": the label 1 that follows
        movl    $loader_is_fine, %esi
        movb    $GREY, %ah
        jmp     2f
1:      movl    $loader_is_strange, %esi
        movb    $RED, %ah
2:      call    print

        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

# Fills the screen with grey blanks.
clear_screen:
        movl    $SCREEN, %edi
        movl    $COLUMNS * ROWS, %ecx
        movw    $GREY << 8 | ' ', %ax
        rep stosw                       # store AX at EDI, ECX times
        ret

# Prints the text at ESI, which ends with a zero byte, to the screen memory at EDI, in the colours AH.
print:
        lodsb                           # AL = the byte at ESI; ESI = ESI + 1
        testb   %al, %al
        jz      1f
        stosw                           # AL and AH to EDI; EDI = EDI + 2
        jmp     print
1:      ret

        .section .rodata
greeting:
        .asciz  "Hello from your own kernel!"
loader_is_fine:
        .asciz  "A Multiboot loader started it."
loader_is_strange:
        .asciz  "Whoever started it is no Multiboot loader."
