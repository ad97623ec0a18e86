# The way into the kernel, in whichever language it is. A Multiboot boot loader (GRUB, QEMU's -kernel, minios run) finds the header, puts
# the kernel where linker.ld says, switches to 32-bit protected mode and jumps to _start.
# Source: Multiboot Specification 0.6.96, sections 3.1 (the header) and 3.2 (the machine at the start).

        .set    MAGIC, 0x1badb002       # by this number the loader knows the header
        .set    FLAGS, 0x00000003       # modules on page boundaries, and tell us about memory
        .set    STACK_BYTES, 16384

        .section .multiboot, "a"
        .align  4
        .long   MAGIC
        .long   FLAGS
        .long   -(MAGIC + FLAGS)        # the three add up to zero

        .text
        .globl  _start
_start: cli                             # nobody handles interrupts yet
        cld
        movl    $stack_top, %esp        # from here on there is a stack
        pushl   %ebx                    # kernelMain's second argument: what the loader knows
        pushl   %eax                    # its first: 2BADB002h, "a Multiboot loader started you"

# The constructors of global objects, before anything that may use those: a table of addresses of functions.
        movl    $constructors, %esi
1:      cmpl    $constructors_end, %esi
        je      2f
        call    *(%esi)
        addl    $4, %esi
        jmp     1b

2:      call    kernelMain
stop:   hlt                             # sleep until an interrupt,
        jmp     stop                    # which cannot come

        .bss
        .align  16
        .skip   STACK_BYTES
stack_top:                              # a stack grows downwards: it starts at its end
