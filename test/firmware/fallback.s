# A boot sector that makes the BIOS forget services: calls of int 15h whose AX stands in `refused` come back with the carry flag.
# Then it boots drive B in place of A. The words at `refused` are filled in by the test.

        .code16
        .globl  _start
        .set    HOOK, 0x9f00            # a segment just below the extended BIOS data area, which the boot path leaves alone

_start: xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movl    4 * 0x15, %eax
        movl    %eax, previous
        movw    $HOOK, %ax
        movw    %ax, %es
        movw    $0x7c00, %si
        xorw    %di, %di
        movw    $256, %cx
        rep movsw
        cli
        movw    $int15 - _start, 4 * 0x15
        movw    %ax, 4 * 0x15 + 2
        sti
        ljmp    $HOOK, $chain - _start

chain:  movw    %cx, %es
1:      movw    $0x0201, %ax
        movw    $0x7c00, %bx
        movw    $0x0001, %cx
        movw    $0x0001, %dx            # head 0, drive B
        int     $0x13
        jc      1b
        movw    $0x0001, %dx
        ljmp    $0, $0x7c00

int15:  cmpw    %cs:refused - _start, %ax
        je      1f
        cmpw    %cs:refused - _start + 2, %ax
        je      1f
        ljmp    *%cs:previous - _start
1:      pushw   %bp
        movw    %sp, %bp
        orw     $1, 6(%bp)              # carry, in the flags that IRET brings back
        popw    %bp
        movb    $0x86, %ah
        iret

previous:
        .long   0
        .org    506
refused:
        .word   0xffff, 0xffff
        .word   0xaa55
