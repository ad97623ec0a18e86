# A Xen guest that prints one line and powers off.
# Source: Xen public headers xen.h and sched.h.

        .set    CONSOLE_IO, 18          # hypercalls, by their numbers
        .set    SCHED_OP_COMPAT, 6
        .set    CONSOLEIO_WRITE, 0      # what console_io is to do
        .set    SCHEDOP_SHUTDOWN, 2     # what sched_op is to do,
        .set    SHUTDOWN_POWEROFF, 0    # and why

# By this section Xen knows that the file is for it.
        .section __xen_guest
        .ascii  "GUEST_OS=hello,XEN_VER=xen-3.0,HYPERCALL_PAGE=0x2,LOADER=generic,PT_MODE_WRITABLE"
        .byte   0

        .text
        .globl  _start
_start: movl    $CONSOLE_IO, %eax       # which hypercall
        movl    $CONSOLEIO_WRITE, %ebx  # its arguments: to write,
        movl    $length, %ecx           # so many bytes,
        movl    $text, %edx             # from here
        int     $0x82                   # into the hypervisor, and back

        movl    $SCHED_OP_COMPAT, %eax
        movl    $SCHEDOP_SHUTDOWN, %ebx
        movl    $SHUTDOWN_POWEROFF, %ecx
        int     $0x82                   # from this one nobody comes back

text:   .ascii  "Hello, Xen!\n"
        .set    length, . - text
