# Int 19h goes through the boot order, loads the first sector of each drive and runs it if it is a boot sector; int 18h, which a
# boot sector that finds nothing may call, goes on with the next. When there is none left, a message says what was wrong with each.
# The boot order is in the CMOS as the virtual PCs keep it there: a nibble each, 1 diskette, 2 fixed disk, 3 CD.
# Source: BIOS Boot Specification 1.01, sections 6 and appendix D (what a boot sector finds in registers).

        .code16
        .include "bios.inc"
        .include "disk.inc"

        .set    BOOT_ADDRESS, 0x7c00
        .set    SIGNATURE_OFFSET, 510
        .set    POST_PORT, 0x80
        .set    POST_BOOT, 0x19
        .set    CMOS_BOOT_ORDER, 0x3d   # first and second; the third is in the upper nibble of the other register
        .set    CMOS_BOOT_THIRD, 0x38
        .set    CMOS_BOOT_MENU, 0x40    # bit 0: the person is asked
        .set    MENU_TICKS, 46          # how long the menu is offered: 2.5 s
        .set    ESCAPE, 0x1b
        .set    DEVICES, 3

# What came of a device.
        .set    NOT_TRIED, 0
        .set    ABSENT, 1
        .set    UNREADABLE, 2
        .set    NO_SIGNATURE, 3

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
        pushw   $EBDA_SEGMENT
        popw    %fs
        pushw   $BDA_SEGMENT
        popw    %ds
        call    end_emulation
        xorl    %eax, %eax
        movl    %eax, %fs:BOOT_NEXT     # and BOOT_TRIED behind it
        movb    $CMOS_BOOT_MENU, %al
        call    cmos_read
        testb   $1, %al
        jz      int18
        call    boot_menu
        jc      int18
        pushw   %bx                     # the one chosen comes first; then it goes on as ever
        shlw    $1, %bx
        call    *%cs:attempts(%bx)
        popw    %bx
        movb    %al, %fs:BOOT_TRIED(%bx)
int18:
        xorw    %ax, %ax
        movw    %ax, %ss
        movw    $BOOT_ADDRESS, %sp
        sti
        cld
        pushw   $EBDA_SEGMENT
        popw    %fs
        pushw   $BDA_SEGMENT
        popw    %ds
1:      movzbw  %fs:BOOT_NEXT, %bx
        cmpw    $DEVICES, %bx
        jae     nothing_left
        incb    %fs:BOOT_NEXT
        call    boot_device
        movzbw  %al, %bx
        decw    %bx
        cmpw    $DEVICES, %bx
        jae     1b                      # none, or one that this BIOS does not boot from
        pushw   %bx
        shlw    $1, %bx
        call    *%cs:attempts(%bx)
        popw    %bx
        movb    %al, %fs:BOOT_TRIED(%bx)
        jmp     1b

# Offers a menu. CF: nobody wanted it; else BX = the chosen device, from 0.
boot_menu:
        movw    $menu_offer, %si
        call    print
        movw    $MENU_TICKS, %cx
1:      movl    TICKS, %edx
2:      movb    $1, %ah
        int     $0x16
        jnz     3f
        hlt
        cmpl    %edx, TICKS
        je      2b
        loop    1b
        stc
        ret
3:      xorb    %ah, %ah
        int     $0x16
        cmpb    $ESCAPE, %al
        jne     1b
        movw    $menu_choices, %si
        call    print
4:      xorb    %ah, %ah
        int     $0x16
        subb    $'1', %al
        cmpb    $DEVICES, %al
        jae     4b
        movzbw  %al, %bx
        clc
        ret

# The device at place BX of the boot order, as AL.
boot_device:
        movb    $CMOS_BOOT_THIRD, %al
        cmpw    $2, %bx
        je      1f
        movb    $CMOS_BOOT_ORDER, %al
1:      call    cmos_read
        testw   %bx, %bx
        jz      2f
        shrb    $4, %al
2:      andb    $0x0f, %al
        ret

try_diskette:
        movb    $ABSENT, %al
        xorb    %dl, %dl
        testb   $1, EQUIPMENT
        jnz     try_drive
        ret
try_disk:
        movb    $ABSENT, %al
        movb    $0x80, %dl
        cmpb    $0, DISK_COUNT
        jne     try_drive
        ret
try_cd:
        movb    $ABSENT, %al
        cmpw    $0, %fs:CD
        jne     boot_cd
        ret

# DL = drive. Returns only when there is nothing to boot from; AL says why.
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
        movb    $UNREADABLE, %al
        ret
2:      movb    $NO_SIGNATURE, %al
        cmpw    $0xaa55, %es:BOOT_ADDRESS + SIGNATURE_OFFSET
        jne     3f
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %fs
        movw    $BOOT_ADDRESS, %sp
        xorw    %bp, %bp
        xorw    %si, %si
        xorw    %di, %di
        xorw    %bx, %bx
        xorw    %cx, %cx
        xorb    %dh, %dh
        ljmp    $0, $BOOT_ADDRESS
3:      ret

nothing_left:
        movw    $nothing_to_boot, %si
        call    print
        movw    $text_first, %di        # goes before the next reason
        xorw    %bx, %bx
1:      cmpb    $UNREADABLE, %fs:BOOT_TRIED(%bx)
        jb      2f
        call    print_reason
2:      incw    %bx
        cmpw    $DEVICES, %bx
        jb      1b
        cmpw    $text_first, %di        # drives that are not there are worth a word when no other was tried
        jne     4f
        xorw    %bx, %bx
3:      cmpb    $ABSENT, %fs:BOOT_TRIED(%bx)
        jne     5f
        call    print_reason
5:      incw    %bx
        cmpw    $DEVICES, %bx
        jb      3b
4:      movw    $press_a_key, %si
        call    print
        xorb    %ah, %ah
        int     $0x16
        int     $0x19

# What was wrong with device BX.
print_reason:
        movw    %di, %si
        call    print
        movw    $text_next, %di
        pushw   %bx
        movzbw  %fs:BOOT_TRIED(%bx), %ax
        imulw   $3, %bx, %bx
        addw    %ax, %bx
        shlw    $1, %bx
        movw    %cs:reasons - 2(%bx), %si
        call    print
        popw    %bx
        ret

        .section .rodata
attempts:
        .word   try_diskette, try_disk, try_cd

menu_offer:
        .asciz  "Press Esc for the boot menu.\r\n"
menu_choices:
        .asciz  "\r\n1. Diskette\r\n2. Hard disk\r\n3. CD\r\n"
nothing_to_boot:
        .asciz  "Nothing to boot from:"
text_first:
        .asciz  " "
text_next:
        .asciz  ";\r\n"
press_a_key:
        .asciz  ".\r\nPut one in and press a key.\r\n"
# By device: not there, cannot be read, no signature.
reasons:
        .word   no_diskette_drive, no_bootable_diskette, no_bootable_diskette
        .word   no_disk, disk_unreadable, disk_without_signature
        .word   no_cd_drive, cd_unreadable, cd_not_bootable
no_diskette_drive:
        .asciz  "there is no diskette drive"
no_bootable_diskette:
        .asciz  "drive A holds no bootable diskette"
no_disk:
        .asciz  "there is no hard disk"
disk_unreadable:
        .asciz  "the hard disk cannot be read"
disk_without_signature:
        .asciz  "the hard disk has no boot sector"
no_cd_drive:
        .asciz  "there is no CD drive"
cd_unreadable:
        .asciz  "there is no CD, or it cannot be read"
cd_not_bootable:
        .asciz  "the CD is not bootable"
