# The first block of a CD's boot image: loads setup and the kernel, which follow in the image, and goes on in setup. A BIOS that
# starts from a CD without emulating another disk loads it to 0:7C00, drive number in DL; so does the master boot record of a CD
# image that was copied to a USB stick. A CD has sectors of 2048 bytes, a stick has 512.
# Sources: El Torito Bootable CD-ROM Format Specification 1.0; BIOS Enhanced Disk Drive Specification 1.1 (int 13h, functions 42h
# and 48h). The information table at offset 8 is mkisofs'.
#
# The image maker writes the counts behind the table (toolchain/image/cd.ts) and the table (formats/iso9660).

        .code16

        .set    STACK_TOP, 0x7c00
        .set    BLOCK_BYTES, 2048
        .set    SETUP_SEGMENT, 0x0800   # linear 8000h
        .set    KERNEL_SEGMENT, 0x1000  # linear 10000h
        .set    SETUP_MAGIC, 0x5553534f # "OSSU"
        .set    TRIES, 5
        .set    BLOCKS_AT_ONCE, 16      # 32 KiB: within a segment, and less than BIOSes stumble over

# What function 48h tells.
        .set    PARAMETERS_BYTES, 0x1a
        .set    P_SECTOR_BYTES, 0x18

        .text
        .globl  _start
_start:
        jmp     start
        .org    8
        .long   0                       # block of the volume descriptors
image_block:
        .long   0
        .long   0                       # bytes of the image
        .long   0                       # their sum
        .org    0x40
setup_blocks:
        .word   0
kernel_blocks:
        .word   0

start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
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

        movw    $parameters, %si        # sectors of which size?
        movw    $PARAMETERS_BYTES, (%si)
        movb    drive, %dl
        movb    $0x48, %ah
        int     $0x13
        jc      2f                      # unknown: a CD's
        cmpw    $512, parameters + P_SECTOR_BYTES
        jne     2f
        movb    $2, shift               # four sectors to a block
2:      incl    image_block             # behind this block
        movw    $SETUP_SEGMENT, %di
        movw    setup_blocks, %bp
        call    load
        movw    $KERNEL_SEGMENT, %di
        movw    kernel_blocks, %bp
        call    load
        movb    $0xff, error            # "FF": that is no setup
        cmpl    $SETUP_MAGIC, (SETUP_SEGMENT << 4) + 4
        jne     fail
        movb    drive, %dl
        xorw    %si, %si                # no partition
        ljmp    $0, $(SETUP_SEGMENT << 4)

# Loads BP blocks from `image_block` on to segment DI.
load:
        movw    $BLOCKS_AT_ONCE, %bx    # blocks of this transfer
        cmpw    %bp, %bx
        jbe     1f
        movw    %bp, %bx
1:      movw    $TRIES, tries_left
2:      movb    shift, %cl
        movl    image_block, %eax
        shll    %cl, %eax
        movl    %eax, packet_sector
        movw    %bx, %ax
        shlw    %cl, %ax
        movw    %ax, packet_count       # anew each time: the BIOS may write there what it has read
        movw    %di, packet_segment
        movw    $packet, %si
        movb    drive, %dl
        movb    $0x42, %ah
        pushaw
        int     $0x13
        movb    %ah, error
        popaw
        jnc     3f
        decw    tries_left
        jz      fail
        pushaw
        xorb    %ah, %ah                # reset the drive, and again
        int     $0x13
        popaw
        jmp     2b
3:      movzwl  %bx, %eax
        addl    %eax, image_block
        subw    %bx, %bp
        shlw    $7, %bx                 # paragraphs
        addw    %bx, %di
        movb    $'.', %al
        pushaw
        call    print_character
        popaw
        testw   %bp, %bp
        jnz     load
        ret

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

drive:  .byte   0
shift:  .byte   0
error:  .byte   0
        .balign 4
tries_left:
        .word   0
        .balign 4
packet: .word   0x10
packet_count:
        .word   0
        .word   0                       # offset
packet_segment:
        .word   0
packet_sector:
        .quad   0
parameters:
        .space  PARAMETERS_BYTES + 2

        .org    BLOCK_BYTES - 1
        .byte   0
