# A Multiboot2 kernel that says on the text screen what it was told: the command line, how many modules, and the first one's text.
        .set    MAGIC, 0xe85250d6
        .set    SCREEN, 0xb8000
        .section .boot, "ax", @progbits
        .balign 8
header: .long   MAGIC, 0, header_end - header, -(MAGIC + header_end - header)
        .word   1, 0                    # information that must be there: command line, memory map
        .long   16, 1, 6
        .word   6, 0                    # modules on pages
        .long   8
        .word   0, 0
        .long   8
header_end:
        .globl  _start
_start: movl    $SCREEN, %edi
        movl    $no_magic, %esi
        cmpl    $0x36d76289, %eax
        jne     3f
        leal    8(%ebx), %ebx
1:      movl    (%ebx), %eax
        testl   %eax, %eax
        jz      2f
        leal    8(%ebx), %esi           # 1: the command line
        cmpl    $1, %eax
        je      4f
        leal    16(%ebx), %esi          # 3: a module's text
        cmpl    $3, %eax
        jne     5f
        testl   $0xfff, 8(%ebx)         # on a page
        jnz     5f
4:      call    print
5:      movl    4(%ebx), %eax
        addl    $7, %eax
        andl    $~7, %eax
        addl    %eax, %ebx
        jmp     1b
2:      movl    $end, %esi
3:      call    print
6:      hlt
        jmp     6b
print:  movb    $0x07, %ah
1:      lodsb
        testb   %al, %al
        jz      2f
        stosw
        jmp     1b
2:      movb    $'|', %al
        stosw
        ret
no_magic:
        .asciz  "not started by Multiboot2"
end:    .asciz  "multiboot2 end"
