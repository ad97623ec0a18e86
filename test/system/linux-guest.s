# What a bzImage looks like to a boot loader: setup with its header, and behind it code for 1 MiB, which says what it was told.
        .code32
        .text
        .globl  _start
_start: .org    0x1f1
        .byte   1                       # sectors of setup behind the first
        .org    0x1fe
        .word   0xaa55
        .byte   0xeb, header_end - header
header: .ascii  "HdrS"
        .word   0x0206
        .org    0x211
        .byte   1                       # loaded high
        .org    0x214
        .long   0x100000
        .org    0x22c
        .long   0x37ffffff
header_end:
        .org    0x400                   # 1 MiB
        movl    $0xb8000, %edi
        movb    $0x07, %ah
        movl    0x228(%esi), %ebx       # the command line
1:      movb    (%ebx), %al
        incl    %ebx
        testb   %al, %al
        jz      2f
        stosw
        jmp     1b
2:      movl    0x21c(%esi), %ecx       # the initial RAM disk
        movl    0x218(%esi), %ebx
3:      jecxz   4f
        movb    (%ebx), %al
        stosw
        incl    %ebx
        decl    %ecx
        jmp     3b
4:      hlt
        jmp     4b
        .org    0x1000
