# The way into the kernel, and the instructions about segments. Source: Multiboot Specification 0.6.96, section 3.1.

        .set    MAGIC, 0x1badb002
        .set    FLAGS, 0x00000003

        .section .multiboot, "a"
        .align  4
        .long   MAGIC, FLAGS, -(MAGIC + FLAGS)

        .text
        .globl  _start, sgdt, loadSegments, writeThrough
_start: cli
        cld
        movl    $stack_top, %esp
        call    kernelMain
stop:   hlt
        jmp     stop

# sgdt(register)
sgdt:   movl    4(%esp), %eax
        sgdt    (%eax)
        ret

# loadSegments(code, data). No mov loads CS: a far return takes it, and the address to go on at, from the stack.
loadSegments:
        movl    8(%esp), %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        pushl   4(%esp)                 # CS
        pushl   $1f                     # EIP
        lret
1:      ret

# writeThrough(selector, offset, value)
writeThrough:
        movw    4(%esp), %fs
        movl    8(%esp), %ecx
        movl    12(%esp), %eax
        movw    %ax, %fs:(%ecx)
        ret

        .bss
        .align  16
        .skip   16384
stack_top:
