# The way into the kernel. A Multiboot boot loader (GRUB, QEMU's -kernel, minios run) finds the header below, puts the kernel
# where the linker script says, switches to 32-bit protected mode and jumps to _start.
# Source: Multiboot Specification 0.6.96, sections 3.1 (the header) and 3.2 (the machine at the start).

        .set    MAGIC, 0x1badb002       # by this number the loader knows the header
        .set    FLAGS, 0x00000003       # modules on page boundaries, and tell us about memory
        .set    CHECKSUM, -(MAGIC + FLAGS)
        .set    STACK_BYTES, 16384

        .section .multiboot, "a"
        .align  4
        .long   MAGIC
        .long   FLAGS
        .long   CHECKSUM                # the three add up to zero

        .text
        .globl  _start
_start:
        cli                             # nobody handles interrupts yet
        movl    $stack_top, %esp        # from here on there is a stack

        # Arguments are pushed from right to left: main(magic, information).
        pushl   %ebx                    # where the loader put what it knows: memory, command line
        pushl   %eax                    # 2BADB002h: "a Multiboot loader started you"
        call    main

        # main came back: there is nothing more to do.
stop:
        hlt                             # sleep until an interrupt,
        jmp     stop                    # which cannot come

        .bss
        .align  16
        .skip   STACK_BYTES
stack_top:                              # a stack grows downwards: it starts at its end
