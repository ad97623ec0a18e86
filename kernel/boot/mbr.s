# The master boot record: a hard disk's first sector. Moves out of the way, looks for the active partition in its table, loads that
# one's first sector to 0:7C00 and starts it, drive number in DL, the partition's entry at DS:SI.
# Sources: BIOS Boot Specification 1.01; the PC AT's partition table (formats/mbr.ts); int 13h as the IBM BIOS Interface Technical
# Reference has it, its extensions (functions 41h and 42h) as the BIOS Enhanced Disk Drive Specification 1.1 has them.
#
# A CD's image that is copied to a USB stick starts here, too: there the partition is the CD's boot image, all of which is loaded, as
# a BIOS does with a CD. The image maker writes the number of sectors to load (toolchain/image).

        .code16

        .set    LOADED, 0x7c00          # where the BIOS puts this sector, and this puts the next
        .set    SECTOR_BYTES, 512
        .set    TABLE, _start + 0x1be
        .set    TABLE_END, _start + 0x1fe
        .set    ENTRY_BYTES, 16
        .set    ENTRY_SECTOR, 8
        .set    ACTIVE, 0x80
        .set    TRIES, 5

# Variables, behind the sector.
        .set    drive, _start + 0x200
        .set    function, _start + 0x201        # of int 13h, to read; stands behind the drive
        .set    next, _start + 0x204    # sector on the disk
        .set    sectors, _start + 0x208 # of a track
        .set    heads, _start + 0x20c

        .text
        .globl  _start
_start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $LOADED, %sp
        sti
        cld
        movw    %sp, %si
        movw    $_start, %di
        movw    $SECTOR_BYTES / 2, %cx
        rep movsw
        ljmp    $0, $moved
moved:
        testb   %dl, %dl
        js      1f
        movb    $0x80, %dl              # some BIOSes forget to say from which disk
1:      movb    $0x02, %dh
        movw    %dx, drive              # and function
        movw    $TABLE, %si
2:      cmpb    $ACTIVE, (%si)
        je      found
        addw    $ENTRY_BYTES, %si
        cmpw    $TABLE_END, %si
        jne     2b
        movw    $none_active, %si
        jmp     fail

found:
        movl    ENTRY_SECTOR(%si), %eax
        movl    %eax, next
        movb    $0x41, %ah              # can the BIOS count sectors from the disk's start?
        movw    $0x55aa, %bx
        int     $0x13
        jc      1f
        cmpw    $0xaa55, %bx
        jne     1f
        shrb    $1, %cl                 # bit 0: the functions to read and write so
        jnc     1f
        movb    $0x42, function
        jmp     2f
1:      movb    drive, %dl
        movb    $0x08, %ah              # the geometry that it counts by otherwise
        pushw   %si
        int     $0x13
        popw    %si
        jc      disk_error
        andl    $0x3f, %ecx
        jz      disk_error
        movl    %ecx, sectors
        movzbl  %dh, %ecx
        incw    %cx
        movl    %ecx, heads

2:      movw    $LOADED / 16, %di
        movw    load_sectors, %cx
3:      call    read_sector
        addw    $SECTOR_BYTES / 16, %di
        incl    next
        loop    3b
        cmpw    $1, load_sectors        # a CD's boot image need not have the mark
        jne     4f
        cmpw    $0xaa55, LOADED + 0x1fe
        je      4f
        movw    $nothing_there, %si
        jmp     fail
4:      movb    drive, %dl
        jmp     LOADED

# Reads the sector `next` to segment DI. Keeps CX, SI and DI.
read_sector:
        pushaw
        movw    $TRIES, %bp
1:      cmpb    $0x42, function
        je      2f
        movl    next, %eax
        xorl    %edx, %edx
        divl    sectors                 # EAX = track, DX = sector in it, from 0
        movw    %dx, %cx
        incw    %cx
        xorl    %edx, %edx
        divl    heads                   # AX = cylinder, DX = head
        movb    %dl, %dh
        movb    %al, %ch
        shlb    $6, %ah
        orb     %ah, %cl
2:      pushl   $0                      # the packet of function 42h, from its end
        pushl   next
        pushw   %di
        pushw   $0
        pushw   $1
        pushw   $0x10
        movw    %di, %es                # and what function 02h takes
        xorw    %bx, %bx
        movb    $1, %al
        movb    function, %ah
        movb    drive, %dl
        movw    %sp, %si
        int     $0x13
        leaw    16(%esp), %sp           # the flags stay
        jnc     3f
        xorb    %ah, %ah                # reset the drive, and again
        movb    drive, %dl
        int     $0x13
        decw    %bp
        jnz     1b
        jmp     disk_error
3:      popaw
        ret

disk_error:
        movw    $cannot_read, %si

# Says the text at SI, waits for a key and starts the machine anew.
fail:
        call    print
        movw    $press_a_key, %si
        call    print
        xorb    %ah, %ah
        int     $0x16
        ljmp    $0xffff, $0

1:      movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
print:                                  # SI = text
        lodsb
        testb   %al, %al
        jnz     1b
        ret

none_active:
        .asciz  "No active partition"
nothing_there:
        .asciz  "The partition has no boot sector"
cannot_read:
        .asciz  "Disk error"
press_a_key:
        .asciz  ". Press a key to start again."

# What the image maker fills in: the sectors to load, and behind the code the disk's signature and the table of partitions.
        .org    0x1b6
load_sectors:
        .word   1
        .org    0x1fe
        .word   0xaa55
