# The boot sector: loads setup and the kernel from the diskette or partition that it was read from, and goes on in setup.
# It stands at 0:7C00, drive number in DL and, started by a master boot record, its partition's entry at SI.
# Sources: BIOS Boot Specification 1.01; int 13h as the IBM BIOS Interface Technical Reference has it, and its extensions
# (functions 41h and 42h) as the BIOS Enhanced Disk Drive Specification 1.1 has them; Microsoft FAT Specification (2005).
#
# The volume is a FAT file system. Between this sector and the first FAT there are reserved sectors, and in them, from
# `first_sector` on, `setup_sectors` of setup and `kernel_sectors` of kernel.elf, one after the other. The image maker writes
# these fields and the parameter block (toolchain/image/boot-area.ts). What the code must know of the file system stands at the
# same place in FAT12, FAT16 and FAT32.

        .code16

        .set    STACK_TOP, 0x7c00
        .set    SETUP_SEGMENT, 0x0800   # linear 8000h
        .set    KERNEL_SEGMENT, 0x1000  # linear 10000h
        .set    SETUP_MAGIC, 0x5553534f # "OSSU"
        .set    TRIES, 5

# Variables, behind the sector.
        .set    drive, 0x7e00
        .set    function, 0x7e01        # of int 13h, to read; stands behind the drive
        .set    error, 0x7e02

        .text
        .globl  _start
_start:
        jmp     start
        nop
        .set    sectors, _start + 0x18  # of a track
        .set    heads, _start + 0x1a
        .set    hidden, _start + 0x1c   # sectors before the volume
        .org    0x5a                    # the end of FAT32's parameter block

start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $STACK_TOP, %sp
        sti
        cld
        ljmp    $0, $1f                 # some BIOSes come here as 07C0:0000
1:      movb    $0x02, %dh
        movw    %dx, drive              # and function
        pushw   %si

        movw    $0x0003, %ax            # 80 x 25 text, an empty screen
        int     $0x10
        movw    $loading, %si
        call    print

        testb   %dl, %dl
        jns     2f                      # a diskette: the parameter block has its geometry
        movb    $0x41, %ah              # can the BIOS count sectors from the disk's start?
        movw    $0x55aa, %bx
        int     $0x13
        jc      1f
        cmpw    $0xaa55, %bx
        jne     1f
        shrb    $1, %cl                 # bit 0: the functions to read and write so
        jnc     1f
        movb    $0x42, function
1:      movb    drive, %dl
        movb    $0x08, %ah              # the geometry that the BIOS counts by otherwise
        int     $0x13
        jc      2f
        andw    $0x3f, %cx
        jz      2f
        movw    %cx, sectors
        movb    %dh, %cl
        incw    %cx
        movw    %cx, heads

2:      movl    hidden, %eax
        addl    %eax, next
        movw    $SETUP_SEGMENT, %di
        movw    setup_sectors, %si
        call    load
        movw    $KERNEL_SEGMENT, %di
        movw    kernel_sectors, %si
        call    load
        popw    %si
        cmpl    $SETUP_MAGIC, (SETUP_SEGMENT << 4) + 4
        je      SETUP_SEGMENT << 4
        movb    $0xff, error            # "FF": that is no setup

# Says the error in hexadecimal, waits for a key and starts the machine anew.
fail:
        movw    $failed, %si
        call    print
        movb    error, %al
        aam     $16                     # AH = high digit, AL = low digit
        pushw   %ax
        movb    %ah, %al
        call    print_digit
        popw    %ax
        call    print_digit
        movw    $press_a_key, %si
        call    print
        xorb    %ah, %ah
        int     $0x16
        ljmp    $0xffff, $0

# Loads SI sectors from `next` on to segment DI, a track at a time. A transfer ends at the end of the track and at a
# 64 KiB boundary, over which the DMA controller does not count. Leaves the drive in DL.
load:
        movl    next, %eax
        xorl    %edx, %edx
        movzwl  sectors, %ecx
        divl    %ecx                    # EAX = track, DX = sector in it, from 0
        subw    %dx, %cx
        cmpw    %si, %cx
        jbe     2f
        movw    %si, %cx
2:      movw    %di, %bx
        notw    %bx
        andw    $0x0fff, %bx
        shrw    $5, %bx
        incw    %bx                     # up to the boundary
        cmpw    %bx, %cx
        jbe     3f
        movw    %bx, %cx
3:      movw    %cx, %bp                # BP = sectors of this transfer
        movw    %dx, %cx
        incw    %cx
        xorw    %dx, %dx
        movzwl  heads, %ebx
        divl    %ebx                    # AX = cylinder, DX = head
        movb    %dl, %dh
        movb    %al, %ch
        shlb    $6, %ah
        orb     %ah, %cl
        movb    drive, %dl
        movw    $TRIES, %ax
4:      pushaw
        pushl   $0                      # the packet of function 42h, from its end
        pushl   next
        pushw   %di
        pushw   $0
        pushw   %bp
        pushw   $0x10
        movw    %di, %es                # and what function 02h takes
        xorw    %bx, %bx
        movw    %bp, %ax
        movb    function, %ah
        movw    %sp, %si
        int     $0x13
        movb    %ah, error
        popaw                           # the packet: the flags stay
        popaw
        jnc     5f
        decw    %ax
        jz      fail
        pushw   %ax
        xorb    %ah, %ah                # reset the drive, and again
        int     $0x13
        popw    %ax
        jmp     4b
5:      addw    %bp, next
        adcw    $0, next + 2
        subw    %bp, %si
        shlw    $5, %bp
        addw    %bp, %di
        movb    $'.', %al
        call    print_character         # some BIOSes lose BP in it
        testw   %si, %si
        jnz     load
        ret

print_digit:
        cmpb    $10, %al
        sbbb    $0x69, %al              # 0-9 A-F by way of decimal adjustment
        das
print_character:
        movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
        ret

print:                                  # SI = text
        lodsb
        testb   %al, %al
        jz      1f
        call    print_character
        jmp     print
1:      ret

loading:
        .asciz  "Loading MiniOS "
failed:
        .asciz  "\r\nDisk error "
press_a_key:
        .asciz  ". Press a key to start again."

# What the image maker fills in.
        .org    0x1f6
next:   .long   0                       # the next sector to load: from the volume's start on, and from here the disk's
setup_sectors:
        .word   0
kernel_sectors:
        .word   0
        .org    0x1fe
        .word   0xaa55
