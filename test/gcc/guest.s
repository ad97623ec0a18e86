# The program on a bare PC: a Multiboot kernel that says everything on COM1, and stops.
        .text
        .balign 4
        .long   0x1badb002, 0, -0x1badb002
        .globl  _start
_start:
        movl    $stack_top, %esp
        movl    %cr0, %eax              # floating-point unit on, with exceptions of its own
        andl    $~0xe, %eax
        orl     $0x22, %eax
        movl    %eax, %cr0
        fninit
        movl    $with_sse, %eax         # what the linker was told
        testl   %eax, %eax
        jz      1f
        movl    %cr4, %eax
        orl     $0x600, %eax
        movl    %eax, %cr4
1:      call    run
        cli
2:      hlt
        jmp     2b

        .globl  put
put:
        movb    4(%esp), %al
        movw    $0x3f8, %dx
        outb    %al, %dx
        ret

        .bss
        .balign 16
        .skip   0x10000
stack_top:

        .section .note.GNU-stack
