# The way into the kernel. A Multiboot boot loader finds the header below, puts the kernel where the linker script says,
# switches to 32-bit protected mode and jumps to _start. The boot code in boot/ does the same from a floppy.
# Source: Multiboot Specification 0.6.96, sections 3.1 (the header) and 3.2 (the machine at the start).

        .set    MAGIC, 0x1badb002       # by this number the loader knows the header
        .set    FLAGS, 0x00000003       # modules on page boundaries, and tell us about memory
        .set    STACK_BYTES, 16384

        .section .boot, "ax"
        .align  4
        .long   MAGIC
        .long   FLAGS
        .long   -(MAGIC + FLAGS)        # the three add up to zero

        .globl  _start
_start:
        cli                             # nobody handles interrupts yet
        cld
        movl    $stack_top, %esp        # from here on there is a stack
        pushl   %ebx                    # second argument: the address of the Multiboot information
        pushl   %eax                    # first argument: 2BADB002h
        call    kernelMain              # in main.ts
stop:
        hlt                             # sleep until an interrupt,
        jmp     stop                    # which cannot come

        .bss
        .align  16
        .skip   STACK_BYTES
stack_top:                              # a stack grows downwards: it starts at its end
