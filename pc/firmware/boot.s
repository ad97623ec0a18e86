# Int 19h loads the first sector of a diskette or disk and runs it; int 18h says that there was nothing to run.
# Source: BIOS Boot Specification 1.01, sections 6 and appendix D (what a boot sector finds in registers).

        .code16
        .include "bios.inc"

        .set    BOOT_ADDRESS, 0x7c00
        .set    SIGNATURE_OFFSET, 510
        .set    POST_PORT, 0x80
        .set    POST_BOOT, 0x19

        .text
        .globl  int18, int19

int19:
        xorw    %ax, %ax
        movw    %ax, %ss
        movw    $BOOT_ADDRESS, %sp
        sti
        cld
        # The machine may have been given a kernel to start in place of a boot device: this is its moment.
        movb    $POST_BOOT, %al
        outb    %al, $POST_PORT
        pushw   $BDA_SEGMENT
        popw    %ds
        xorb    %dl, %dl                # drive A
        testb   $1, EQUIPMENT
        jz      1f
        call    try_drive
1:      movb    $0x80, %dl              # the first fixed disk
        cmpb    $0, DISK_COUNT
        je      2f
        call    try_drive
2:      int     $0x18

# DL = drive. Returns only when there is nothing to boot from.
try_drive:
        movw    $3, %di
1:      xorb    %ah, %ah
        int     $0x13
        xorw    %bx, %bx
        movw    %bx, %es
        movw    $BOOT_ADDRESS, %bx
        movw    $0x0201, %ax
        movw    $0x0001, %cx
        xorb    %dh, %dh
        int     $0x13
        jnc     2f
        decw    %di
        jnz     1b
        ret
2:      cmpw    $0xaa55, %es:BOOT_ADDRESS + SIGNATURE_OFFSET
        jne     3f
        xorw    %ax, %ax
        movw    %ax, %ds
        xorw    %bp, %bp
        xorw    %si, %si
        xorw    %di, %di
        xorw    %bx, %bx
        xorw    %cx, %cx
        xorb    %dh, %dh
        ljmp    $0, $BOOT_ADDRESS
3:      ret

int18:
        sti
        movw    $nothing_to_boot, %si
        call    print
        xorb    %ah, %ah
        int     $0x16
        int     $0x19

        .section .rodata
nothing_to_boot:
        .asciz  "Nothing to boot from: drive A holds no bootable diskette.\r\nPut one in and press a key.\r\n"
