# A Multiboot kernel that prints the command line that the boot menu gave it.
# Source: Multiboot Specification 0.6.96, sections 3.1 (the header), 3.2 (the machine) and 3.3 (the information).

        .set    MAGIC, 0x1badb002
        .set    FLAGS, 0x00000003       # modules on page boundaries, and tell us about memory
        .set    LOADER_MAGIC, 0x2badb002
        .set    HAS_COMMAND_LINE, 4     # a bit of the information's first word
        .set    COMMAND_LINE, 16        # where in the information its address is
        .set    SCREEN, 0xb8000
        .set    COLUMNS, 80
        .set    ROWS, 25
        .set    GREY, 0x07
        .set    GREEN, 0x0a

# In this file the header comes first, and so it does in the program: a loader looks for it in the first 8 KiB.
        .text
        .align  4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .globl  _start
_start: cli
        cld
        movl    $stack_top, %esp
        movl    %eax, %edx              # who started us

        movl    $SCREEN, %edi           # an empty screen
        movl    $COLUMNS * ROWS, %ecx
        movw    $GREY << 8 | ' ', %ax
        rep stosw

        movl    $hello, %esi
        movl    $SCREEN, %edi           # the first row
        movb    $GREEN, %ah
        call    print

        movl    $nobody, %esi
        movl    $SCREEN + 2 * COLUMNS, %edi     # the second row
        movb    $GREY, %ah
        cmpl    $LOADER_MAGIC, %edx
        jne     1f
        testl   $HAS_COMMAND_LINE, (%ebx)
        jz      1f
        movl    $command_line, %esi
        call    print
        movl    COMMAND_LINE(%ebx), %esi
1:      call    print

stop:   hlt
        jmp     stop

# Prints the text at ESI, which ends with a zero byte, at EDI in the colours AH.
print:  lodsb
        testb   %al, %al
        jz      1f
        stosw
        jmp     print
1:      ret

hello:  .asciz  "Hello from a CD!"
command_line:
        .asciz  "My command line: "
nobody: .asciz  "Nobody gave me a command line."

        .bss
        .align  16
        .skip   4096
stack_top:
