# CDs: reading them, int 13h for the CD drive and for the disk that a CD's image stands for, and booting from them.
# Sources: "El Torito" Bootable CD-ROM Format Specification 1.0; SFF-8020i (packets); Phoenix Enhanced Disk Drive Specification 3.0.

        .code16
        .include "bios.inc"
        .include "diskette.inc"
        .include "disk.inc"

        .set    BYTE_COUNT, 4           # ports of the channel, a word
        .set    FEATURES, 1
        .set    PACKET_READ_10, 0x28
        .set    TRIES, 5                # a disc that was just put in is refused once or twice
        .set    MOST_CD_SECTORS, 32     # in a command

        .set    NOT_READY, 0xaa         # status

        .set    DESCRIPTOR, 17          # sector of the boot record volume descriptor
        .set    BUFFER, 0x7c00          # where sectors are read to before something is booted
        .set    CATALOG, 0x47           # in the descriptor: sector of the boot catalog
        .set    ENTRY, BUFFER + 0x20    # the catalog's initial entry
        .set    BOOTABLE, 0x88
        .set    HARD_DISK, 4            # media types
        .set    USUAL_SEGMENT, 0x07c0

        .text
        .globl  cd_services, emulation_services, boot_cd, end_emulation

# --- Reading

# L_SECTORS blocks of 512 bytes from block L_LBA on (four blocks a sector) of CD drive SI into the buffer at L_SEGMENT:L_OFFSET.
# Returns AH = status; L_DONE counts.
cd_transfer:
        movw    $0, L_DONE(%bp)
        movw    $TRIES, L_CD_TRIES(%bp)
1:      cmpw    $0, L_SECTORS(%bp)
        je      2f
        call    cd_chunk
        testb   %ah, %ah
        jz      1b
        decw    L_CD_TRIES(%bp)
        jnz     1b
        ret
2:      xorb    %ah, %ah
        ret

# One command. Returns AH = status.
cd_chunk:
        movl    L_LBA(%bp), %eax
        movw    %ax, %cx
        andw    $3, %cx
        movw    %cx, L_SKIP(%bp)
        shrl    $2, %eax
        addw    L_SECTORS(%bp), %cx     # sectors that hold them
        addw    $3, %cx
        shrw    $2, %cx
        cmpw    $MOST_CD_SECTORS, %cx
        jbe     1f
        movw    $MOST_CD_SECTORS, %cx
1:      movw    %cx, L_CHUNK(%bp)
        bswapl  %eax                    # packets are big-endian
        movl    %eax, %fs:CD_PACKET + 2
        movw    $PACKET_READ_10, %fs:CD_PACKET
        movw    $0, %fs:CD_PACKET + 6
        movb    %cl, %fs:CD_PACKET + 8
        movb    $0, %fs:CD_PACKET + 9
        movw    $0, %fs:CD_PACKET + 10
        call    cd_packet
        testb   %ah, %ah
        jnz     9f
2:      call    cd_ready
        jnz     9f
        movw    L_SKIP(%bp), %cx
        movw    $4, %bx
        subw    %cx, %bx
        call    discard
        cmpw    L_SECTORS(%bp), %bx
        jbe     3f
        movw    L_SECTORS(%bp), %bx
3:      movw    $4, %cx                 # blocks behind those that are wanted
        subw    L_SKIP(%bp), %cx
        subw    %bx, %cx
        pushw   %cx
4:      call    buffer_pointer
        movw    $128, %cx
        movw    %fs:D_BASE(%si), %dx
        rep insl
        addw    $512, L_OFFSET(%bp)
        addl    $1, L_LBA(%bp)
        incw    L_DONE(%bp)
        decw    L_SECTORS(%bp)
        decw    %bx
        jnz     4b
        popw    %cx
        call    discard
        movw    $0, L_SKIP(%bp)
        decw    L_CHUNK(%bp)
        jnz     2b
        call    ata_wait                # the status phase
        jc      cd_failed
        testb   $ERR, %al
        jnz     cd_failed
        xorb    %ah, %ah
9:      ret

# Takes CX blocks from the data port that nobody wants.
discard:
        pushw   %ax
        movw    %fs:D_BASE(%si), %dx
        shlw    $7, %cx
        jz      2f
1:      inl     %dx, %eax
        loop    1b
2:      popw    %ax
        ret

# Sends the packet to drive SI; data come back a sector at a time. Returns AH = status.
cd_packet:
        call    ata_select
        jc      cd_failed
        movw    %fs:D_BASE(%si), %dx
        addw    $FEATURES, %dx
        xorb    %al, %al                # no DMA
        outb    %al, %dx
        addw    $BYTE_COUNT - FEATURES, %dx
        outb    %al, %dx
        incw    %dx
        movb    $2048 >> 8, %al
        outb    %al, %dx
        movb    $ATA_PACKET, %al
        call    ata_command
        call    ata_poll                # the drive asks for a packet without an interrupt
        call    cd_ready
        jnz     1f
        pushw   %ds
        pushw   %si
        movw    %fs:D_BASE(%si), %dx
        pushw   %fs
        popw    %ds
        movw    $CD_PACKET, %si
        movw    $3, %cx
        rep outsl
        popw    %si
        popw    %ds
        xorb    %ah, %ah
1:      ret

# Waits for a data phase. NZ: AH says why there is none.
cd_ready:
        call    ata_wait
        jc      cd_failed
        testb   $ERR, %al
        jnz     cd_failed
        testb   $DRQ, %al
        jz      cd_failed
        xorb    %ah, %ah
        ret
cd_failed:
        movb    $NOT_READY, %ah
        testb   %ah, %ah
        ret

# --- Int 13h for drive CD_DRIVE

# 42h: as for fixed disks, but in sectors of 2048 bytes. 44h and 47h need no reading.
cd_read_service:
        call    take_packet
        jc      bad_packet
        shlw    $2, L_SECTORS(%bp)
        shll    $2, L_LBA(%bp)
        call    cd_transfer
        shrw    $2, L_DONE(%bp)
        movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        movw    L_DONE(%bp), %cx
        movw    %cx, %es:2(%di)
        ret

bad_packet:
        movb    $BAD_COMMAND, %ah
        ret

write_protected:
        movb    $WRITE_PROTECTED, %ah
        ret

# 15h: a drive with a change line. CX:DX would be its size in sectors of 512 bytes.
cd_type_service:
        movb    $2, %ah
        jmp     answer

# 41h
cd_check_service:
        cmpw    $0x55aa, F_BX(%bp)
        jne     bad_packet
        movw    $0xaa55, F_BX(%bp)
        movw    $0x0005, F_CX(%bp)
        movb    $0x30, %ah
        jmp     answer

# 48h: removable; it has no geometry, and how large the disc is depends on the disc.
cd_parameters_service:
        movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        cmpw    $0x1a, %es:(%di)
        jb      bad_packet
        movw    $0x1a, %es:(%di)
        movw    $0x0004, %es:2(%di)
        movl    $-1, %eax
        addw    $4, %di
        movw    $5, %cx
        rep stosl
        movw    $2048, %es:(%di)
        xorb    %ah, %ah
        ret

# 4Bh: AL = 1 tells what was booted; AL = 0 ends the emulation as well. DS:SI = room for the specification packet.
boot_status_service:
        cmpb    $1, %al
        ja      bad_packet
        movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        movb    $0x13, %es:(%di)
        movb    %fs:CD_MEDIA, %al
        movb    %al, %es:1(%di)
        movb    %fs:EMULATED, %al
        cmpb    $NOT_EMULATED, %al
        jne     1f
        movb    $CD_DRIVE, %al
1:      movb    %al, %es:2(%di)
        movw    %fs:CD, %si
        movw    %si, %ax
        subw    $DRIVES, %ax
        shrw    $5, %ax                 # which of the four places
        movb    %al, %ah
        shrb    $1, %al
        movb    %al, %es:3(%di)         # controller
        movl    %fs:CD_IMAGE, %ebx
        movl    %ebx, %es:4(%di)
        movb    %ah, %al
        andw    $1, %ax
        movw    %ax, %es:8(%di)         # slave?
        movw    $0, %es:10(%di)         # no buffer of the user's
        movw    %fs:CD_SEGMENT, %ax
        movw    %ax, %es:12(%di)
        movw    %fs:CD_SECTORS, %ax
        movw    %ax, %es:14(%di)
        movw    $0, %es:16(%di)
        movb    $0, %es:18(%di)
        cmpb    $NOT_EMULATED, %fs:EMULATED
        je      2f
        movw    %fs:EMULATED_ENTRY + D_CYLINDERS, %ax   # as function 08h has them
        decw    %ax
        movb    %al, %es:16(%di)
        shlb    $6, %ah
        orb     %fs:EMULATED_ENTRY + D_SECTORS, %ah
        movb    %ah, %es:17(%di)
        movb    %fs:EMULATED_ENTRY + D_HEADS, %al
        decb    %al
        movb    %al, %es:18(%di)
        cmpb    $0, F_AL(%bp)
        jne     2f
        call    end_emulation
2:      xorb    %ah, %ah
        ret

# --- Int 13h for the disk that the image stands for

emulated_read_service:
        movb    $0, F_AL(%bp)
        call    emulated_place
        testb   %ah, %ah
        jnz     1f
        movw    %es, L_SEGMENT(%bp)
        movw    F_BX(%bp), %bx
        movw    %bx, L_OFFSET(%bp)
        movl    %fs:CD_IMAGE, %ebx
        shll    $2, %ebx
        addl    %ebx, L_LBA(%bp)
        movw    %fs:CD, %si
        call    cd_transfer
        movb    L_DONE(%bp), %al
        movb    %al, F_AL(%bp)
1:      ret

# 04h
emulated_verify_service:
# The caller's place and count into L_LBA and L_SECTORS. Returns AH = status.
emulated_place:
        decb    %al
        cmpb    $128, %al
        jae     bad_packet
        incb    %al
        movzbw  %al, %ax
        movw    %ax, L_SECTORS(%bp)
        movw    $EMULATED_ENTRY, %si
        call    sector_number
        jc      2f
        movl    %eax, L_LBA(%bp)
        xorb    %ah, %ah
        ret
2:      movb    $NO_SECTOR, %ah
        ret

# 08h
emulated_parameters_service:
        movw    %fs:EMULATED_ENTRY + D_CYLINDERS, %ax
        decw    %ax
        movb    %al, F_CH(%bp)
        shlb    $6, %ah
        orb     %fs:EMULATED_ENTRY + D_SECTORS, %ah
        movb    %ah, F_CL(%bp)
        movb    %fs:EMULATED_ENTRY + D_HEADS, %al
        decb    %al
        movb    %al, F_DH(%bp)
        movb    $0, F_AL(%bp)
        movb    DISK_COUNT, %al
        testb   $0x80, F_DL(%bp)
        jnz     1f
        movzbw  %fs:CD_MEDIA, %bx
        movb    %cs:drive_types - 1(%bx), %al
        movb    %al, F_BL(%bp)
        movw    $0xefc7, F_DI(%bp)      # the diskette parameter table
        movw    %cs, F_ES(%bp)
        movw    EQUIPMENT, %ax
        shrw    $6, %ax
        andb    $3, %al
        incb    %al
1:      movb    %al, F_DL(%bp)
        xorb    %ah, %ah
        ret

# 15h: a diskette drive without a change line, or a fixed disk with its size.
emulated_type_service:
        movb    $1, %ah
        testb   $0x80, F_DL(%bp)
        jz      answer
        movl    %fs:EMULATED_ENTRY + D_TOTAL, %eax
        movw    %ax, F_DX(%bp)
        shrl    $16, %eax
        movw    %ax, F_CX(%bp)
        movb    $3, %ah
        jmp     answer

# --- Booting

# Boots the disc. Returns only when that is not possible: AL = UNREADABLE or NO_SIGNATURE of boot.s. FS = EBDA, SS:SP = 0:7C00.
boot_cd:
        movw    %sp, %bp
        subw    $DISK_LOCALS, %sp
        movw    %fs:CD, %si
        movl    $DESCRIPTOR, %eax
        call    read_cd_sector
        jc      unreadable
        xorw    %ax, %ax
        movw    %ax, %es
        movw    $BUFFER, %di
        pushw   %si
        movw    $boot_record, %si
        movw    $boot_record_end - boot_record, %cx
        repe cmpsb %es:(%di), %cs:(%si)
        popw    %si
        jne     not_bootable
        movl    %es:BUFFER + CATALOG, %eax
        call    read_cd_sector
        jc      unreadable
        movw    $BUFFER, %di            # the validation entry: its words add up to 0
        xorw    %ax, %ax
        movw    $16, %cx
1:      addw    %es:(%di), %ax
        addw    $2, %di
        loop    1b
        testw   %ax, %ax
        jnz     not_bootable
        cmpw    $0x0001, %es:BUFFER     # header, platform 80x86
        jne     not_bootable
        cmpw    $0xaa55, %es:BUFFER + 0x1e
        jne     not_bootable
        cmpb    $BOOTABLE, %es:ENTRY
        jne     not_bootable
        movb    %es:ENTRY + 1, %al
        andb    $15, %al
        cmpb    $HARD_DISK, %al
        ja      not_bootable
        movb    %al, %fs:CD_MEDIA
        movw    %es:ENTRY + 2, %ax
        testw   %ax, %ax
        jnz     2f
        movw    $USUAL_SEGMENT, %ax
2:      movw    %ax, %fs:CD_SEGMENT
        movw    %es:ENTRY + 6, %ax
        testw   %ax, %ax
        jnz     3f
        incw    %ax
3:      movw    %ax, %fs:CD_SECTORS
        movl    %es:ENTRY + 8, %eax
        movl    %eax, %fs:CD_IMAGE
        cmpb    $0, %fs:CD_MEDIA
        je      4f
        movl    %fs:CD_IMAGE, %eax      # a fixed disk's geometry is in its partition table
        call    read_cd_sector
        jc      unreadable
        call    begin_emulation
        jc      not_bootable
4:      movl    %fs:CD_IMAGE, %eax
        shll    $2, %eax
        movl    %eax, L_LBA(%bp)
        movw    %fs:CD_SECTORS, %ax
        movw    %ax, L_SECTORS(%bp)
        movw    %fs:CD_SEGMENT, %ax
        movw    %ax, L_SEGMENT(%bp)
        movw    $0, L_OFFSET(%bp)
        call    cd_transfer
        testb   %ah, %ah
        jnz     5f
        movb    %fs:EMULATED, %dl
        cmpb    $NOT_EMULATED, %dl
        jne     6f
        movb    $CD_DRIVE, %dl
6:      movw    %fs:CD_SEGMENT, %ax     # entered as boot sectors are used to: 0:7C00 and not 7C0:0
        movw    %ax, %bx
        andw    $0xf000, %ax
        shlw    $4, %bx
        movw    %bp, %sp
        pushfw
        pushw   %ax
        pushw   %bx
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        xorw    %bx, %bx
        xorw    %cx, %cx
        xorw    %si, %si
        xorw    %di, %di
        xorw    %bp, %bp
        xorb    %dh, %dh
        iret
5:      call    end_emulation
unreadable:
        movb    $2, %al
        jmp     7f
not_bootable:
        movb    $3, %al
7:      movw    %bp, %sp
        ret

# Reads sector EAX of the CD to BUFFER. CF: that failed. Keeps SI.
read_cd_sector:
        shll    $2, %eax
        movl    %eax, L_LBA(%bp)
        movw    $4, L_SECTORS(%bp)
        movw    $0, L_SEGMENT(%bp)
        movw    $BUFFER, L_OFFSET(%bp)
        call    cd_transfer
        xorw    %cx, %cx
        movw    %cx, %es
        cmpb    $1, %ah
        cmc
        ret

# The image becomes drive A or 80h: its geometry, and what the BIOS data area says of drives. CF: it has none. The image's first
# sector is at BUFFER.
begin_emulation:
        movw    EQUIPMENT, %ax
        movw    %ax, %fs:SAVED_EQUIPMENT
        movzbw  %fs:CD_MEDIA, %bx
        cmpb    $HARD_DISK, %bl
        je      2f
        movb    $0, %fs:EMULATED
        movzbw  %cs:track_sectors - 1(%bx), %ax
        movw    %ax, %fs:EMULATED_ENTRY + D_SECTORS
        movw    $80, %fs:EMULATED_ENTRY + D_CYLINDERS
        movw    $2, %fs:EMULATED_ENTRY + D_HEADS
        testb   $1, EQUIPMENT           # one drive more
        jz      1f
        addw    $0x0040, EQUIPMENT
1:      orw     $1, EQUIPMENT
        clc
        ret
2:      movzbw  %es:BUFFER + 446 + 5, %ax       # where the first partition ends
        incw    %ax
        movw    %ax, %fs:EMULATED_ENTRY + D_HEADS
        movb    %es:BUFFER + 446 + 6, %al
        movb    %al, %bl
        andw    $0x3f, %ax
        stc
        jz      3f
        movw    %ax, %fs:EMULATED_ENTRY + D_SECTORS
        movb    %es:BUFFER + 446 + 7, %al
        movb    %bl, %ah
        shrb    $6, %ah
        incw    %ax
        movw    %ax, %fs:EMULATED_ENTRY + D_CYLINDERS
        movzwl  %ax, %eax
        movzwl  %fs:EMULATED_ENTRY + D_HEADS, %ebx
        mull    %ebx
        movzwl  %fs:EMULATED_ENTRY + D_SECTORS, %ebx
        mull    %ebx
        movl    %eax, %fs:EMULATED_ENTRY + D_TOTAL
        movb    $0x80, %fs:EMULATED
        incb    DISK_COUNT
        clc
3:      ret

# The drives are what they are. FS = EBDA, DS = BIOS data area.
end_emulation:
        cmpb    $NOT_EMULATED, %fs:EMULATED
        je      2f
        pushw   %ax
        movw    %fs:SAVED_EQUIPMENT, %ax
        movw    %ax, EQUIPMENT
        cmpb    $0x80, %fs:EMULATED
        jne     1f
        decb    DISK_COUNT
1:      movb    $NOT_EMULATED, %fs:EMULATED
        popw    %ax
2:      ret

        .section .rodata
# Type, standard identifier, version, and what the boot system is.
boot_record:
        .byte   0
        .ascii  "CD001"
        .byte   1
        .ascii  "EL TORITO SPECIFICATION"
boot_record_end:

# By media type: 1.2 MB, 1.44 MB, 2.88 MB.
track_sectors:
        .byte   15, 18, 36
drive_types:
        .byte   2, 4, 6

cd_services:
        .byte   0x00
        .word   reset_service
        .byte   0x01
        .word   status_service
        .byte   0x03
        .word   write_protected
        .byte   0x0d
        .word   reset_service
        .byte   0x10
        .word   ready_service
        .byte   0x15
        .word   cd_type_service
        .byte   0x41
        .word   cd_check_service
        .byte   0x42
        .word   cd_read_service
        .byte   0x43
        .word   write_protected
        .byte   0x44
        .word   nothing_service
        .byte   0x47
        .word   nothing_service
        .byte   0x48
        .word   cd_parameters_service
        .byte   0x4b
        .word   boot_status_service
        .byte   0xff
emulation_services:
        .byte   0x00
        .word   nothing_service
        .byte   0x01
        .word   status_service
        .byte   0x02
        .word   emulated_read_service
        .byte   0x03
        .word   write_protected
        .byte   0x04
        .word   emulated_verify_service
        .byte   0x05
        .word   write_protected
        .byte   0x08
        .word   emulated_parameters_service
        .byte   0x09
        .word   nothing_service
        .byte   0x0d
        .word   nothing_service
        .byte   0x10
        .word   nothing_service
        .byte   0x11
        .word   nothing_service
        .byte   0x15
        .word   emulated_type_service
        .byte   0x16
        .word   nothing_service
        .byte   0x4b
        .word   boot_status_service
        .byte   0xff
