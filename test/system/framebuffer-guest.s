# A kernel that wishes for 640 by 480 pixels of 32 bits, by a Multiboot and by a Multiboot2 header, and fills the four quarters of what
# it gets with red, green, blue and white. To COM1 it says how it was started, and which ACPI tag it was given.

        .set    MULTIBOOT, 0x1badb002
        .set    MULTIBOOT2, 0xe85250d6
        .set    FLAGS, 0x10007          # pages, memory, video; addresses
        .set    COM1, 0x3f8

        .section .boot, "ax"
        .globl  _start
header: .long   MULTIBOOT, FLAGS, -(MULTIBOOT + FLAGS)
        .long   header, header, 0, 0, _start
        .long   0, 640, 480, 32
        .balign 8
header2:
        .long   MULTIBOOT2, 0, header2_end - header2, -(MULTIBOOT2 + header2_end - header2)
        .word   5, 0
        .long   20, 640, 480, 32
        .balign 8
        .word   0, 0
        .long   8
header2_end:

_start: movl    $stack, %esp
        cld
        cmpl    $0x36d76289, %eax
        je      2f
        movl    $said_1, %esi
        call    say
        leal    88(%ebx), %esi          # framebuffer_addr and what follows it
        leal    110(%ebx), %edi         # the places of the colours
        testl   $0x1000, (%ebx)
        jz      failed
        jmp     draw

2:      movl    $said_2, %esi
        call    say
        leal    8(%ebx), %ebp           # tags
        xorl    %edx, %edx
3:      cmpl    $0, (%ebp)
        je      6f
        cmpl    $8, (%ebp)
        jne     4f
        movl    %ebp, %edx
4:      cmpl    $14, (%ebp)
        je      1f
        cmpl    $15, (%ebp)
        jne     5f
1:      pushl   %edx
        movl    $said_acpi, %esi
        call    say
        leal    8(%ebp), %esi           # "RSD PTR "
        movl    $8, %ecx
        call    say_bytes
        movl    $said_end, %esi
        call    say
        popl    %edx
5:      movl    4(%ebp), %eax
        addl    $7, %eax
        andl    $-8, %eax
        addl    %eax, %ebp
        jmp     3b
6:      testl   %edx, %edx
        jz      failed
        leal    8(%edx), %esi
        leal    32(%edx), %edi

# ESI: address, 8 bytes; pitch, width, height; bits, type. EDI: place and size of red, green and blue, a byte each.
draw:   cmpb    $1, 21(%esi)            # direct colour
        jne     failed
        cmpb    $32, 20(%esi)
        jne     failed
        movl    $0, %ebp                # line
1:      cmpl    16(%esi), %ebp
        jae     3f
        movl    8(%esi), %eax
        mull    %ebp
        addl    (%esi), %eax
        movl    %eax, %ebx
        xorl    %edx, %edx              # column
2:      cmpl    12(%esi), %edx
        jae     4f
        call    colour
        movl    %eax, (%ebx,%edx,4)
        incl    %edx
        jmp     2b
4:      incl    %ebp
        jmp     1b
3:      movl    $said_drawn, %esi
        jmp     last
failed: movl    $said_failed, %esi
last:   call    say
        cli
1:      hlt
        jmp     1b

# EAX = the colour at line EBP, column EDX.
colour: movl    16(%esi), %eax
        shrl    $1, %eax
        cmpl    %eax, %ebp
        movl    12(%esi), %eax
        jae     2f
        shrl    $1, %eax
        cmpl    %eax, %edx
        movb    (%edi), %cl
        jb      1f
        movb    2(%edi), %cl
1:      movl    $0xff, %eax
        shll    %cl, %eax
        ret
2:      shrl    $1, %eax
        cmpl    %eax, %edx
        movb    4(%edi), %cl
        jb      1b
        movl    $0xffffff, %eax
        ret

say:    lodsb
        testb   %al, %al
        jz      1f
        call    send
        jmp     say
1:      ret

say_bytes:
        lodsb
        call    send
        loop    say_bytes
        ret

send:   movw    $COM1, %dx
        outb    %al, %dx
        ret

said_1: .asciz  "multiboot\n"
said_2: .asciz  "multiboot2\n"
said_acpi:
        .asciz  "acpi "
said_end:
        .asciz  "\n"
said_drawn:
        .asciz  "drawn\n"
said_failed:
        .asciz  "no frame buffer\n"
        .balign 16
        .skip   1024
stack:
