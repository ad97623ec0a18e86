# A kernel that prints what it was started with: EAX, the Multiboot information, its memory map, a line each, and whether its own
# zero-filled memory is zero.

        .code32
        .set    TEXT, 0xb8000
        .set    ROW_BYTES, 160
        .set    BSS_BYTES, 70001

        .text
        .globl  _start
        .balign 4
        .long   0x1badb002, 3, -(0x1badb002 + 3)
_start:
        movl    $stack_top, %esp
        cld
        movl    %eax, %edx
        movl    $TEXT, %edi             # clear the screen
        movl    $1000, %ecx
        movl    $0x07200720, %eax
        rep stosl
        movl    $TEXT, %edi
        call    number                  # EAX
        movl    (%ebx), %edx            # flags
        call    number
        movl    4(%ebx), %edx           # mem_lower
        call    number
        movl    8(%ebx), %edx           # mem_upper
        call    number
        call    new_line
        movl    16(%ebx), %esi          # cmdline
        call    string
        call    new_line
        movl    $zeros, %esi            # the first byte that is not zero, or the number of them
        xorl    %edx, %edx
1:      cmpl    $BSS_BYTES, %edx
        je      2f
        cmpb    $0, (%esi,%edx)
        jne     2f
        incl    %edx
        jmp     1b
2:      call    number
        movl    $total, %esi            # a word of data behind everything else in the file
        movl    (%esi), %edx
        call    number
        call    new_line
        movl    48(%ebx), %esi          # mmap_addr
        movl    44(%ebx), %ebp          # mmap_length
        addl    %esi, %ebp
3:      cmpl    %ebp, %esi
        jae     4f
        movl    4(%esi), %edx
        call    number
        movl    12(%esi), %edx
        call    number
        movl    20(%esi), %edx
        call    number
        call    new_line
        addl    (%esi), %esi
        addl    $4, %esi
        jmp     3b
4:      movl    $done, %esi
        call    string
5:      hlt
        jmp     5b

number: movl    $8, %ecx                # EDX
1:      roll    $4, %edx
        movb    %dl, %al
        andb    $15, %al
        cmpb    $10, %al
        sbbb    $0x69, %al
        das
        movb    $7, %ah
        stosw
        loop    1b
        addl    $2, %edi
        ret

string: movb    $7, %ah                 # ESI
1:      lodsb
        testb   %al, %al
        jz      2f
        stosw
        jmp     1b
2:      ret

new_line:
        leal    -TEXT(%edi), %eax
        xorl    %edx, %edx
        movl    $ROW_BYTES, %ecx
        divl    %ecx
        incl    %eax
        mull    %ecx
        leal    TEXT(%eax), %edi
        ret

done:   .asciz  "end of map"
        .space  FILL                    # to make the kernel as large as the test wants it
total:  .long   0x600dda7a

        .bss
zeros:  .space  BSS_BYTES
        .space  4096
stack_top:
