# The way into the kernel, and the way into and out of every interrupt. Source: Intel's Software Developer's Manual, volume 3,
# section 6.12 (what the processor pushes); Multiboot Specification 0.6.96, section 3.1.

        .set    VECTORS, 48             # 32 of the processor's own, 16 of the interrupt controllers

        .section .multiboot, "a"
        .align  4
        .long   0x1badb002, 3, -(0x1badb002 + 3)        # magic number, flags, checksum

        .text
        .globl  _start, stubAddress, divide
_start: cli
        cld
        movl    $stack_top, %esp

# The loader's descriptor table need not outlive the loader, and every interrupt loads CS from it: so here is one of ours.
        lgdt    gdt_register
        ljmp    $0x08, $1f
1:      movw    $0x10, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        call    kernelMain
stop:   hlt
        jmp     stop

        .align  8
gdt:    .quad   0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_register:
        .word   . - gdt - 1
        .long   gdt

# One stub for each vector, 16 bytes each, so that their addresses can be computed: it pushes the number and goes on at `common`. Some faults
# push an error code before; for the others a zero stands in, so that the stack always looks the same.
        .align  16
stubs:
        .set    vector, 0
        .rept   VECTORS
        .balign 16
        .if     vector != 8 && (vector < 10 || vector > 14) && vector != 17
        pushl   $0
        .endif
        pushl   $vector
        jmp     common
        .set    vector, vector + 1
        .endr

common: pushal                          # all registers: whatever was interrupted must not notice
        cld
        movl    32(%esp), %eax          # above the eight registers: the vector,
        pushl   40(%esp)                # above that the error code, and where it happened (EIP)
        pushl   %eax
        call    onInterrupt             # onInterrupt(vector, eip), in idt.ts
        addl    $8, %esp
        popal
        addl    $8, %esp                # vector and error code
        iret                            # EIP, CS and the flags from the stack

# stubAddress(vector)
stubAddress:
        movl    4(%esp), %eax
        shll    $4, %eax
        addl    $stubs, %eax
        ret

# divide(a, b)
divide: movl    4(%esp), %eax
        xorl    %edx, %edx
        divl    8(%esp)
        ret

        .bss
        .align  16
        .skip   16384
stack_top:
