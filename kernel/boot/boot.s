# The boot sector: loads setup and the kernel from the diskette that it was read from, and goes on in setup.
# It stands at 0:7C00, drive number in DL. Source: BIOS Boot Specification 1.01; int 13h as the IBM BIOS Interface
# Technical Reference has it.
#
# The image is: this sector, `setup_sectors` of setup, `kernel_sectors` of kernel.elf, one after the other. The image maker
# writes both counts into the fields below (toolchain/image/floppy.ts).

        .code16

        .set    STACK_TOP, 0x7c00
        .set    SETUP_SEGMENT, 0x0800   # linear 8000h
        .set    KERNEL_SEGMENT, 0x1000  # linear 10000h
        .set    SETUP_MAGIC, 0x5553534f # "OSSU"
        .set    TRIES, 5

        .text
        .globl  _start
_start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %ss
        movw    $STACK_TOP, %sp
        sti
        cld
        ljmp    $0, $1f                 # some BIOSes come here as 07C0:0000
1:      movb    %dl, drive

        movw    $0x0003, %ax            # 80 x 25 text, an empty screen
        int     $0x10
        movw    $loading, %si
        call    print

        movb    $0x08, %ah              # what geometry has the drive?
        xorw    %di, %di
        movw    %di, %es
        int     $0x13
        jc      2f                      # unknown: the one assumed in the fields
        andw    $0x3f, %cx
        jz      2f
        movw    %cx, sectors
        movzbw  %dh, %ax
        incw    %ax
        movw    %ax, heads

2:      movw    $SETUP_SEGMENT, %di
        movw    setup_sectors, %si
        call    load
        movw    $KERNEL_SEGMENT, %di
        movw    kernel_sectors, %si
        call    load
        movb    $0xff, %ah
        cmpl    $SETUP_MAGIC, (SETUP_SEGMENT << 4) + 4
        jne     fail                    # "FF": that is no setup
        movb    drive, %dl
        ljmp    $0, $(SETUP_SEGMENT << 4)

# Loads SI sectors from `next` on to segment DI, a track at a time. A transfer ends at the end of the track and at a
# 64 KiB boundary, over which the DMA controller does not count.
load:
        testw   %si, %si
        jz      9f
1:      movw    next, %ax
        xorw    %dx, %dx
        divw    sectors                 # AX = track, DX = sector in it, from 0
        movw    sectors, %bp
        subw    %dx, %bp                # BP = sectors of this transfer
        cmpw    %si, %bp
        jbe     2f
        movw    %si, %bp
2:      movw    %di, %bx
        negw    %bx
        andw    $0x0fff, %bx
        jz      3f
        shrw    $5, %bx                 # up to the boundary
        cmpw    %bx, %bp
        jbe     3f
        movw    %bx, %bp
3:      movw    %dx, %cx
        incw    %cx
        xorw    %dx, %dx
        divw    heads                   # AX = cylinder, DX = head
        movb    %dl, %dh
        movb    %al, %ch
        shlb    $6, %ah
        orb     %ah, %cl
        movb    drive, %dl
        movb    $TRIES, tries_left
4:      movw    %di, %es
        xorw    %bx, %bx
        movw    %bp, %ax
        movb    $0x02, %ah
        int     $0x13
        jnc     5f
        decb    tries_left
        jz      6f
        xorb    %ah, %ah                # reset the drive, and again
        int     $0x13
        jmp     4b
5:      addw    %bp, next
        subw    %bp, %si
        shlw    $5, %bp
        addw    %bp, %di
        movb    $'.', %al
        call    print_character         # some BIOSes lose BP in it
        jmp     load
6:      cmpw    $18, sectors            # the drive's geometry is not always the diskette's
        je      fail
        movw    $18, sectors
        movw    $2, heads
        jmp     1b
9:      ret

# Says AH in hexadecimal, waits for a key and starts the machine anew.
fail:
        movw    $failed, %si
        movb    %ah, %ch
        call    print
        movb    %ch, %al
        shrb    $4, %al
        call    print_digit
        movb    %ch, %al
        call    print_digit
        movw    $press_a_key, %si
        call    print
        xorb    %ah, %ah
        int     $0x16
        ljmp    $0xffff, $0

print_digit:
        andb    $0x0f, %al
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

drive:  .byte   0
tries_left:
        .byte   0
        .balign 2
next:   .word   1                       # sector on the diskette
sectors:
        .word   18
heads:  .word   2

# What the image maker fills in.
        .org    0x1fa
setup_sectors:
        .word   0
kernel_sectors:
        .word   0
        .org    0x1fe
        .word   0xaa55
