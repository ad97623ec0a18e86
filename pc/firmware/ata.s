# IDE drives: finding them, and moving sectors by programmed I/O. Everything that takes time is waited for with hlt until the
# drive's interrupt, unless a program has masked that.
# Source: ATA/ATAPI-5 (T13/1321D), sections 8 (commands) and 9 (protocols).

        .code16
        .include "bios.inc"
        .include "diskette.inc"
        .include "disk.inc"

        .set    TIMEOUT_TICKS, 182      # ten seconds: a drive may have to start its motor
        .set    SRST, 0x0c              # bit 3 is a one by tradition
        .set    NOT_SRST, 0x08
        .set    CMOS_TRANSLATIONS, 0x39
        .set    MOST_SECTORS, 128       # in a command

        .text
        .globl  irq14, irq15, find_drives, ata_transfer, ata_wait, ata_select, ata_command, ata_ready, ata_reset
        .globl  buffer_pointer, ata_poll

# IRQ 14 and 15: reading the status register takes the request back.
irq14:
        pushw   %dx
        movw    $0x1f7, %dx
        jmp     disk_irq
irq15:
        pushw   %dx
        movw    $0x177, %dx
disk_irq:
        pushw   %ax
        pushw   %ds
        inb     %dx, %al
        pushw   $BDA_SEGMENT
        popw    %ds
        movb    $0xff, DISK_INTERRUPT
        movb    $EOI, %al
        outb    %al, $PIC2
        outb    %al, $PIC1
        popw    %ds
        popw    %ax
        popw    %dx
        iret

# SI = drive: waits until it is not busy. Returns AL = status. CF: it stays busy, or nobody is there.
ata_wait:
        pushw   %bx
        pushw   %dx
        movw    TICKS, %bx
1:      cli
        movw    %fs:D_CONTROL(%si), %dx
        inb     %dx, %al
        cmpb    $0xff, %al              # an empty bus
        je      3f
        testb   $BSY, %al
        jz      4f
        movw    TICKS, %dx
        subw    %bx, %dx
        cmpw    $TIMEOUT_TICKS, %dx
        ja      3f
        inb     $PIC2_MASK, %al
        testb   $0xc0, %al
        jz      2f
        sti                             # its interrupt will not come: look again
        jmp     1b
2:      sti                             # lets nothing in before hlt has begun, so that no interrupt is lost
        hlt
        jmp     1b
3:      sti
        popw    %dx
        popw    %bx
        stc
        ret
4:      sti
        popw    %dx
        popw    %bx
        clc
        ret

# The same for what takes microseconds and comes without an interrupt: looks at it again and again before it sleeps.
ata_poll:
        pushw   %cx
        pushw   %dx
        movw    %fs:D_CONTROL(%si), %dx
        xorw    %cx, %cx
1:      inb     %dx, %al
        testb   $BSY, %al
        loopnz  1b
        popw    %dx
        popw    %cx
        jmp     ata_wait

# SI = drive: selects it, and waits until the channel is free. CF: it is not.
ata_select:
        pushw   %dx
        call    ata_wait
        jc      1f
        movw    %fs:D_BASE(%si), %dx
        addw    $DEVICE, %dx
        movb    %fs:D_DEVICE(%si), %al
        outb    %al, %dx
        call    ata_wait
1:      popw    %dx
        ret

# SI = drive: resets its channel. CF: it does not become ready.
ata_reset:
        pushw   %cx
        pushw   %dx
        movw    %fs:D_CONTROL(%si), %dx
        movb    $SRST, %al
        outb    %al, %dx
        movw    $1000, %cx              # 5 microseconds at least
1:      inb     %dx, %al
        testb   $BSY, %al
        loopz   1b
        movb    $NOT_SRST, %al
        outb    %al, %dx
        call    ata_wait
        popw    %dx
        popw    %cx
        ret

# L_SECTORS sectors from L_LBA on between drive SI and the buffer at L_SEGMENT:L_OFFSET, by L_OPCODE. Returns AH = status;
# L_DONE counts.
ata_transfer:
        movw    $0, L_DONE(%bp)
1:      movw    L_SECTORS(%bp), %cx
        jcxz    9f
        cmpw    $MOST_SECTORS, %cx
        jbe     2f
        movw    $MOST_SECTORS, %cx
2:      movw    %cx, L_CHUNK(%bp)
        call    ata_chunk
        testb   %ah, %ah
        jz      1b
        ret
9:      xorb    %ah, %ah
        ret

# One command. Returns AH = status.
ata_chunk:
        call    ata_select
        jc      ata_timeout
        call    ata_address
        call    ata_command
        cmpb    $ATA_VERIFY, L_OPCODE(%bp)
        je      4f
        cmpb    $ATA_WRITE, L_OPCODE(%bp)
        je      2f
1:      call    ata_ready               # a sector to read
        jnz     9f
        call    buffer_pointer
        movw    %fs:D_BASE(%si), %dx
        movw    $128, %cx
        rep insl
        call    sector_done
        jnz     1b
        xorb    %ah, %ah
        ret
2:      call    ata_ready               # the drive wants a sector
        jnz     9f
        call    buffer_pointer
        pushw   %ds
        pushw   %si
        movw    %fs:D_BASE(%si), %dx
        pushw   %es
        popw    %ds
        movw    %di, %si
        movw    $128, %cx
        rep outsl
        popw    %si
        popw    %ds
        call    sector_done
        jnz     2b
        call    ata_wait                # until the last one is written
        jc      ata_timeout
        testb   $ERR, %al
        jnz     ata_error
        xorb    %ah, %ah
        ret
4:      call    ata_wait
        jc      ata_timeout
        testb   $ERR, %al
        jnz     ata_error
        movw    L_CHUNK(%bp), %cx
5:      call    sector_done
        loop    5b
        xorb    %ah, %ah
9:      ret

# Waits for data to move. NZ: AH says why there are none.
ata_ready:
        call    ata_wait
        jc      ata_timeout
        testb   $ERR, %al
        jnz     ata_error
        testb   $DRQ, %al
        jz      1f
        xorb    %ah, %ah
        ret
1:      movb    $CONTROLLER_FAILED, %ah
        testb   %ah, %ah
        ret

ata_timeout:
        call    ata_reset
        movb    $TIMEOUT, %ah
        testb   %ah, %ah
        ret

# The error register as a status in AH; never zero.
ata_error:
        movw    %fs:D_BASE(%si), %dx
        addw    $ERROR_REGISTER, %dx
        inb     %dx, %al
        movw    $error_meanings, %di
1:      movb    %cs:1(%di), %ah
        testb   %cs:(%di), %al
        jnz     2f
        addw    $2, %di
        cmpb    $0, %cs:(%di)
        jne     1b
        movb    $CONTROLLER_FAILED, %ah
2:      testb   %ah, %ah
        ret

# ES:DI = the buffer; sectors that would wrap around in the segment are reached from a later one.
buffer_pointer:
        cmpw    $0xf000, L_OFFSET(%bp)
        jb      1f
        subw    $0xf000, L_OFFSET(%bp)
        addw    $0x0f00, L_SEGMENT(%bp)
1:      movw    L_SEGMENT(%bp), %es
        movw    L_OFFSET(%bp), %di
        ret

# Counts a sector. Z: that was the chunk's last.
sector_done:
        addl    $1, L_LBA(%bp)
        adcl    $0, L_LBA+4(%bp)
        addw    $512, L_OFFSET(%bp)
        incw    L_DONE(%bp)
        decw    L_SECTORS(%bp)
        decw    L_CHUNK(%bp)
        ret

# L_CHUNK and L_LBA into the task file of drive SI; AL = the command for that. Addresses that 28 bits cannot hold are written
# in two halves.
ata_address:
        movw    %fs:D_BASE(%si), %dx
        addw    $SECTOR_COUNT, %dx
        movl    L_LBA(%bp), %eax
        movzwl  L_CHUNK(%bp), %ebx
        addl    %eax, %ebx
        jc      1f
        cmpl    $0x10000000, %ebx
        ja      1f
        cmpl    $0, L_LBA+4(%bp)
        jne     1f
        call    put_address
        movl    L_LBA(%bp), %eax
        shrl    $24, %eax
        orb     %fs:D_DEVICE(%si), %al
        outb    %al, %dx
        movb    L_OPCODE(%bp), %al
        ret
1:      xorb    %al, %al                # the upper halves first
        outb    %al, %dx
        incw    %dx
        movb    L_LBA+3(%bp), %al
        outb    %al, %dx
        incw    %dx
        movb    L_LBA+4(%bp), %al
        outb    %al, %dx
        incw    %dx
        movb    L_LBA+5(%bp), %al
        outb    %al, %dx
        subw    $3, %dx
        call    put_address
        movb    L_OPCODE+1(%bp), %al
        ret

# Count and 24 bits of the address, from DX on; leaves DX at the device register.
put_address:
        movb    L_CHUNK(%bp), %al
        outb    %al, %dx
        incw    %dx
        movb    L_LBA(%bp), %al
        outb    %al, %dx
        incw    %dx
        movb    L_LBA+1(%bp), %al
        outb    %al, %dx
        incw    %dx
        movb    L_LBA+2(%bp), %al
        outb    %al, %dx
        incw    %dx
        ret

# AL = command for drive SI, with its interrupt on.
ata_command:
        pushw   %ax
        movw    %fs:D_CONTROL(%si), %dx
        movb    $NOT_SRST, %al
        outb    %al, %dx
        popw    %ax
        movw    %fs:D_BASE(%si), %dx
        addw    $COMMAND, %dx
        outb    %al, %dx
        ret

# Fills the table of drives. FS = extended BIOS data area.
find_drives:
        movw    $DRIVES, %si
        movw    $0x1f0, %bx
        movw    $0x3f6, %cx
        call    find_on_channel
        movw    $0x170, %bx
        movw    $0x376, %cx
# BX, CX = ports of a channel, SI = its first entry; leaves SI behind its second.
find_on_channel:
        leaw    DRIVE_BYTES(%si), %di
        movw    %bx, %fs:D_BASE(%si)
        movw    %bx, %fs:D_BASE(%di)
        movw    %cx, %fs:D_CONTROL(%si)
        movw    %cx, %fs:D_CONTROL(%di)
        movb    $0xe0, %fs:D_DEVICE(%si)
        movb    $0xf0, %fs:D_DEVICE(%di)
        call    somebody_there
        je      1f
        xchgw   %si, %di
        call    somebody_there
        xchgw   %si, %di
        jne     2f
1:      call    ata_reset
        jc      2f
        call    identify
        addw    $DRIVE_BYTES, %si
        call    identify
        addw    $DRIVE_BYTES, %si
        ret
2:      addw    $2 * DRIVE_BYTES, %si
        ret

# Z: registers of drive SI keep what is written to them.
somebody_there:
        movw    %fs:D_BASE(%si), %dx
        addw    $DEVICE, %dx
        movb    %fs:D_DEVICE(%si), %al
        outb    %al, %dx
        subw    $DEVICE - SECTOR_COUNT, %dx
        movb    $0x55, %al
        outb    %al, %dx
        incw    %dx
        movb    $0xaa, %al
        outb    %al, %dx
        inb     %dx, %al
        cmpb    $0xaa, %al
        jne     1f
        decw    %dx
        inb     %dx, %al
        cmpb    $0x55, %al
1:      ret

# Asks drive SI what it is.
identify:
        call    ata_select
        jc      9f
        movb    $ATA_IDENTIFY, %al
        call    ata_command
        movw    %fs:D_CONTROL(%si), %dx
        inb     %dx, %al
        testb   %al, %al                # a lone master says this for the slave that is not there
        jz      9f
        call    ata_wait
        jc      9f
        testb   $DRQ, %al
        jnz     identify_disk
        movw    %fs:D_BASE(%si), %dx    # a packet device aborts the command, and shows what it is
        addw    $4, %dx
        inb     %dx, %al
        cmpb    $0x14, %al
        jne     9f
        incw    %dx
        inb     %dx, %al
        cmpb    $0xeb, %al
        jne     9f
        movb    $ATA_IDENTIFY_PACKET, %al
        call    ata_command
        call    ata_wait
        jc      9f
        testb   $DRQ, %al
        jz      9f
        call    read_identity
        movb    %fs:DISK_BUFFER + 1, %al
        andb    $0x1f, %al
        cmpb    $0x05, %al              # CD-ROM
        jne     9f
        movb    $KIND_CD, %fs:D_KIND(%si)
        movw    %si, %fs:CD
9:      ret

read_identity:
        movw    %fs:D_BASE(%si), %dx
        pushw   %fs
        popw    %es
        movw    $DISK_BUFFER, %di
        movw    $128, %cx
        rep insl
        ret

identify_disk:
        call    read_identity
        testb   $0x02, %fs:DISK_BUFFER + 49 * 2 + 1     # without LBA it is older than PCI
        jz      9f
        movb    $KIND_DISK, %fs:D_KIND(%si)
        movw    %fs:DISK_BUFFER + 1 * 2, %ax
        movw    %ax, %fs:D_DRIVE_CYLINDERS(%si)
        movw    %fs:DISK_BUFFER + 3 * 2, %ax
        movw    %ax, %fs:D_DRIVE_HEADS(%si)
        movw    %fs:DISK_BUFFER + 6 * 2, %ax
        movw    %ax, %fs:D_DRIVE_SECTORS(%si)
        movl    %fs:DISK_BUFFER + 60 * 2, %eax
        xorl    %edx, %edx
        testb   $0x04, %fs:DISK_BUFFER + 83 * 2 + 1     # 48-bit addresses
        jz      1f
        movl    %fs:DISK_BUFFER + 100 * 2, %eax
        movl    %fs:DISK_BUFFER + 102 * 2, %edx
1:      movl    %eax, %fs:D_TOTAL(%si)
        movl    %edx, %fs:D_TOTAL+4(%si)
        call    translate
        movzbw  DISK_COUNT, %bx
        incb    DISK_COUNT
        shlw    $1, %bx
        movw    %si, %fs:DISKS(%bx)
9:      ret

# Chooses the geometry that int 13h shows: 1024 cylinders, 256 heads, 63 sectors at most.
translate:
        movb    $CMOS_TRANSLATIONS, %al
        call    cmos_read
        movw    %si, %cx
        subw    $DRIVES, %cx
        shrw    $4, %cx                 # two bits a drive
        shrb    %cl, %al
        andb    $3, %al
        movb    %al, %fs:D_TRANSLATION(%si)
        movw    %fs:D_DRIVE_CYLINDERS(%si), %cx
        movw    %fs:D_DRIVE_HEADS(%si), %bx
        movw    %fs:D_DRIVE_SECTORS(%si), %dx
        cmpb    $1, %al
        je      3f
        cmpb    $2, %al
        jne     5f
1:      cmpw    $1024, %cx              # LARGE: half the cylinders, twice the heads, until it fits
        jbe     5f
        cmpw    $127, %bx
        ja      5f
        shrw    $1, %cx
        shlw    $1, %bx
        jmp     1b
3:      movw    $63, %dx                # LBA: from the number of sectors
        movw    $255, %bx
        movw    $1024, %cx
        cmpl    $0, %fs:D_TOTAL+4(%si)
        jne     5f
        movl    %fs:D_TOTAL(%si), %eax
        cmpl    $63 * 255 * 1024, %eax
        ja      5f
        xorl    %edx, %edx
        movl    $63, %ecx
        divl    %ecx
        movw    $63, %dx
        movw    $16, %bx
4:      movzwl  %bx, %ecx
        shll    $10, %ecx
        cmpl    %ecx, %eax              # 1024 cylinders of so many heads hold it
        jbe     6f
        shlw    $1, %bx
        cmpw    $256, %bx
        jb      4b
        movw    $255, %bx               # 256 heads are one too many for old systems
6:      pushl   %edx
        xorl    %edx, %edx
        movzwl  %bx, %ecx
        divl    %ecx
        movw    %ax, %cx
        popl    %edx
5:      cmpw    $1024, %cx
        jbe     7f
        movw    $1024, %cx
7:      movw    %cx, %fs:D_CYLINDERS(%si)
        movw    %bx, %fs:D_HEADS(%si)
        movw    %dx, %fs:D_SECTORS(%si)
        ret

        .section .rodata
# Bits of the error register, the most telling first, and the statuses that they become.
error_meanings:
        .byte   0x10, NO_SECTOR         # IDNF
        .byte   0x40, BAD_CHECKSUM      # UNC
        .byte   0x01, BAD_MARK
        .byte   0x04, BAD_COMMAND       # ABRT
        .byte   0
