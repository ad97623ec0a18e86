# A boot sector that says from where it was started: the drive (DL), and the first sector of the partition by the entry at DS:SI.
        .code16
        .globl  _start
_start: xorw    %ax, %ax
        movw    %ax, %ds
        cld
        movw    $0xb800, %ax
        movw    %ax, %es
        xorw    %di, %di
        movl    8(%si), %ebx
        movw    $text, %si
1:      lodsb
        testb   %al, %al
        jz      2f
        call    show
        jmp     1b
2:      movb    %dl, %al
        call    byte
        movb    $' ', %al
        call    show
        movb    %bh, %al
        call    byte
        movb    %bl, %al
        call    byte
3:      hlt
        jmp     3b

byte:   pushw   %ax
        shrb    $4, %al
        call    digit
        popw    %ax
        andb    $15, %al
digit:  cmpb    $10, %al
        sbbb    $0x69, %al
        das
show:   movb    $7, %ah
        stosw
        ret

text:   .asciz  "chained: "
        .org    510
        .word   0xaa55
