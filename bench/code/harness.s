# Runs one program as a Multiboot kernel and leaves what it gave, and how many instructions it took, at 0x200000.
# The time-stamp counter of our PC counts instructions.

        .set    FLAGS, 0
        .set    RESULT, 0x200000
        .set    BUFFER, 0x300000

        .section .boot, "ax", @progbits
        .balign 4
        .long   0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
        .globl  _start
_start: movl    $0x1f0000, %esp
        rdtsc
        movl    %eax, %esi
        pushl   $BUFFER
        call    run
        movl    %eax, RESULT
        rdtsc
        subl    %esi, %eax
        movl    %eax, RESULT + 4
        cli
        hlt
