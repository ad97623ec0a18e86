# What a bzImage looks like to a boot loader: setup with its header, and behind it code for 1 MiB, which overwrites the place that it
# would unpack a kernel to, and then says what it was told.
        .equ    HOME, 0x300000          # where the kernel would like to be
        .equ    HOME_BYTES, 0x400000

        .code32
        .text
        .globl  _start
_start: .org    0x1f1
        .byte   1                       # sectors of setup behind the first
        .org    0x1fe
        .word   0xaa55
        .byte   0xeb, header_end - header
header: .ascii  "HdrS"
        .word   0x020a
        .org    0x211
        .byte   1                       # loaded high
        .org    0x214
        .long   0x100000
        .org    0x22c
        .long   0x37ffffff
        .org    0x258
        .quad   HOME
        .long   HOME_BYTES
header_end:
        .org    0x400                   # 1 MiB
        movl    $HOME, %edi
        movl    $HOME_BYTES / 4, %ecx
        movl    $0x2e2e2e2e, %eax
        rep stosl
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
