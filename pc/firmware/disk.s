# Int 13h for fixed disks, drives 80h and up: by cylinder, head and sector in a translated geometry, and by the extensions
# that take a sector number. The drives are in ata.s.
# Sources: IBM BIOS Interface Technical Reference, int 13h (fixed disk); Phoenix Enhanced Disk Drive Specification 3.0.

        .code16
        .include "bios.inc"
        .include "diskette.inc"
        .include "disk.inc"

        .set    PACKET_COUNT, 2         # disk address packet
        .set    PACKET_BUFFER, 4
        .set    PACKET_LBA, 8
        .set    LEAST_PACKET, 16
        .set    RESULT_SIZE, 0x1a       # drive parameters, EDD 1.x
        .set    RESULT_SIZE_DPTE, 0x1e  # and with the pointer of EDD 2
        .set    EDD_VERSION, 0x30
        .set    EDD_SUBSETS, 0x0005     # access by packets, drive parameters

        .text
        .globl  int13, setup_disks, answer, sector_number, take_packet, reset_service, status_service, nothing_service
        .globl  ready_service, seek_service

# Finds the drives; parameter tables of the first two, to which int 41h and 46h point.
setup_disks:
        pushw   %fs
        pushw   $EBDA_SEGMENT
        popw    %fs
        movb    $NOT_EMULATED, %fs:EMULATED
        call    find_drives
        xorw    %ax, %ax
        movw    %ax, %es
        cmpb    $0, DISK_COUNT
        je      1f
        movw    $FDPT_0, %di
        movw    %fs:DISKS, %si
        call    fill_parameter_table
        movw    $FDPT_0, %es:0x41 * 4
        movw    $EBDA_SEGMENT, %es:0x41 * 4 + 2
        cmpb    $1, DISK_COUNT
        je      1f
        movw    $FDPT_1, %di
        movw    %fs:DISKS + 2, %si
        call    fill_parameter_table
        movw    $FDPT_1, %es:0x46 * 4
        movw    $EBDA_SEGMENT, %es:0x46 * 4 + 2
1:      popw    %fs
        ret

# FS:DI = table for drive SI. A translated one has a signature, and the drive's own geometry as well.
fill_parameter_table:
        movw    %fs:D_CYLINDERS(%si), %ax
        movw    %ax, %fs:(%di)
        movb    %fs:D_HEADS(%si), %al
        movb    %al, %fs:2(%di)
        movw    $0xffff, %fs:5(%di)     # no write precompensation
        movb    $0xc0, %fs:8(%di)
        cmpb    $8, %fs:D_DRIVE_HEADS(%si)
        jbe     1f
        orb     $0x08, %fs:8(%di)
1:      movw    %fs:D_DRIVE_CYLINDERS(%si), %ax
        movw    %ax, %fs:12(%di)        # landing zone
        movb    %fs:D_SECTORS(%si), %al
        movb    %al, %fs:14(%di)
        cmpb    $0, %fs:D_TRANSLATION(%si)
        je      3f
        movb    $0xa0, %fs:3(%di)
        movb    %fs:D_DRIVE_SECTORS(%si), %al
        movb    %al, %fs:4(%di)
        movw    %fs:D_DRIVE_CYLINDERS(%si), %ax
        movw    %ax, %fs:9(%di)
        movb    %fs:D_DRIVE_HEADS(%si), %al
        movb    %al, %fs:11(%di)
        movw    $15, %cx                # the sum of all bytes is 0
        xorb    %al, %al
        movw    %di, %bx
2:      subb    %fs:(%bx), %al
        incw    %bx
        loop    2b
        movb    %al, %fs:(%bx)
3:      ret

# Diskettes are another handler's, at int 40h; but a CD's image may stand for drive A, which makes the real one drive B.
int13:
        testb   $0x80, %dl
        jnz     disk_int13
        pushw   %ds
        pushw   $EBDA_SEGMENT
        popw    %ds
        cmpb    $0, EMULATED
        popw    %ds
        je      1f
        sti
        int     $0x40
        lret    $2                      # keeps the flags of int 40h, drops the caller's
1:      testb   %dl, %dl
        jz      disk_int13
        decb    %dl
        sti
        int     $0x40
        pushfw
        incb    %dl                     # the drive, or the number of drives
        popfw
        lret    $2

# A service gets the caller's registers but SI = drive, DI, with BP = frame, and returns AH = status.
disk_int13:
        ENTER_SERVICE
        pushw   %fs
        subw    $DISK_LOCALS + L_FS, %sp
        pushw   $EBDA_SEGMENT
        popw    %fs
        sti
        movw    $emulation_services, %di
        cmpb    %fs:EMULATED, %dl
        je      2f
        cmpb    $CD_DRIVE, %dl
        je      1f
        movw    $disk_services, %di
        call    find_drive
        jnc     2f
        jmp     no_drive
1:      movw    %fs:CD, %si
        testw   %si, %si
        jz      no_drive
        movw    $cd_services, %di
2:      cmpb    $0xff, %cs:(%di)        # the table's end
        je      3f
        cmpb    %cs:(%di), %ah
        je      4f
        addw    $3, %di
        jmp     2b
3:      movb    $BAD_COMMAND, %ah
        jmp     status
4:      call    *%cs:1(%di)
status: movb    %ah, DISK_STATUS
        movb    %ah, F_AH(%bp)
        andb    $0xff - CARRY, F_FLAGS(%bp)
        testb   %ah, %ah
        jz      leave
        orb     $CARRY, F_FLAGS(%bp)
leave:  movw    L_FS(%bp), %fs
        movw    %bp, %sp
        LEAVE_SERVICE
no_drive:
        cmpb    $0x15, %ah              # "no such drive" is an answer, not an error
        movb    $BAD_COMMAND, %ah
        jne     status
        xorb    %ah, %ah
# AH is an answer, and all is well. Services come here by a jump.
answer: movb    %ah, F_AH(%bp)
        movb    $0, DISK_STATUS
        andb    $0xff - CARRY, F_FLAGS(%bp)
        jmp     leave

# DL = drive; returns SI = its entry. CF: there is none. A CD's image that stands for drive 80h makes the real one 81h.
find_drive:
        pushw   %ax
        movzbw  %dl, %si
        andw    $0x7f, %si
        movzbw  DISK_COUNT, %ax
        cmpw    %ax, %si
        cmc
        jc      1f
        cmpb    $0x80, %fs:EMULATED
        jne     2f
        decw    %si
2:      shlw    $1, %si
        movw    %fs:DISKS(%si), %si
        clc
1:      popw    %ax
        ret

# 00h, 0Dh
reset_service:
        call    ata_reset
        movb    $0, %ah
        jnc     1f
        movb    $CONTROLLER_FAILED, %ah
1:      ret

# 01h: the last status once more.
status_service:
        movb    DISK_STATUS, %ah
        ret

# Services with nothing to do: 09h, 11h, 14h, 47h.
nothing_service:
        xorb    %ah, %ah
        ret

# 02h, 03h, 04h: AL sectors from cylinder CH and CL's bits 6 and 7, head DH, sector CL on; ES:BX = buffer. AL = sectors done.
read_service:
        movw    $ATA_READ + (ATA_READ_EXT << 8), L_OPCODE(%bp)
        jmp     transfer
write_service:
        movw    $ATA_WRITE + (ATA_WRITE_EXT << 8), L_OPCODE(%bp)
        jmp     transfer
verify_service:
        movw    $ATA_VERIFY + (ATA_VERIFY_EXT << 8), L_OPCODE(%bp)
transfer:
        movb    $0, F_AL(%bp)
        movb    %al, %ah
        decb    %ah
        cmpb    $128, %ah               # 1 to 128 sectors: what a segment holds
        jae     bad_command
        xorb    %ah, %ah
        movw    %ax, L_SECTORS(%bp)
        movw    %es, L_SEGMENT(%bp)
        movw    %bx, L_OFFSET(%bp)
        call    sector_number
        jc      no_sector
        movl    %eax, L_LBA(%bp)
        movl    $0, L_LBA+4(%bp)
        call    inside
        jc      no_sector
        call    ata_transfer
        movb    L_DONE(%bp), %al
        movb    %al, F_AL(%bp)
        ret

bad_command:
        movb    $BAD_COMMAND, %ah
        ret
no_sector:
        movb    $NO_SECTOR, %ah
        ret

# The caller's CX, DH as EAX = sector number. CF: the geometry has no such place.
sector_number:
        movw    %cx, %bx
        shrb    $6, %bl
        xchgb   %bl, %bh                # BX = cylinder
        cmpw    %fs:D_CYLINDERS(%si), %bx
        cmc
        jc      1f
        movzbl  %dh, %edi
        cmpw    %fs:D_HEADS(%si), %di
        cmc
        jc      1f
        andw    $0x3f, %cx
        decw    %cx
        js      2f
        cmpw    %fs:D_SECTORS(%si), %cx
        cmc
        jc      1f
        movzwl  %bx, %eax
        movzwl  %fs:D_HEADS(%si), %ebx
        mull    %ebx
        addl    %edi, %eax
        movzwl  %fs:D_SECTORS(%si), %ebx
        mull    %ebx
        movzwl  %cx, %ecx
        addl    %ecx, %eax
        clc
1:      ret
2:      stc
        ret

# CF: the transfer would go beyond the disk's end.
inside:
        movl    L_LBA(%bp), %eax
        movl    L_LBA+4(%bp), %edx
        movzwl  L_SECTORS(%bp), %ecx
        addl    %ecx, %eax
        adcl    $0, %edx
        jc      1f
        cmpl    %fs:D_TOTAL+4(%si), %edx
        jb      2f
        ja      1f
        cmpl    %eax, %fs:D_TOTAL(%si)
        ret
1:      stc
        ret
2:      clc
        ret

# 08h: CH, CL = last cylinder and sector, DH = last head, DL = drives.
parameters_service:
        movw    %fs:D_CYLINDERS(%si), %ax
        decw    %ax
        movb    %al, F_CH(%bp)
        shlb    $6, %ah
        orb     %fs:D_SECTORS(%si), %ah
        movb    %ah, F_CL(%bp)
        movw    %fs:D_HEADS(%si), %ax
        decw    %ax
        movb    %al, F_DH(%bp)
        movb    DISK_COUNT, %al
        movb    %al, F_DL(%bp)
        movb    $0, F_AL(%bp)
        xorb    %ah, %ah
        ret

# 0Ch: the arm needs no moving, but the place must exist.
seek_service:
        call    sector_number
        jc      no_sector
        xorb    %ah, %ah
        ret

# 10h: is the drive ready?
ready_service:
        call    ata_wait
        movb    $TIMEOUT, %ah
        jc      1f
        xorb    %ah, %ah
1:      ret

# 15h: AH = 3, CX:DX = sectors in the geometry of 08h.
type_service:
        movzwl  %fs:D_CYLINDERS(%si), %eax
        movzwl  %fs:D_HEADS(%si), %ebx
        mull    %ebx
        movzwl  %fs:D_SECTORS(%si), %ebx
        mull    %ebx
        movw    %ax, F_DX(%bp)
        shrl    $16, %eax
        movw    %ax, F_CX(%bp)
        movb    $3, %ah
        jmp     answer

# 41h: are the extensions there?
check_service:
        cmpw    $0x55aa, F_BX(%bp)
        jne     bad_command
        movw    $0xaa55, F_BX(%bp)
        movw    $EDD_SUBSETS, F_CX(%bp)
        movb    $EDD_VERSION, %ah
        jmp     answer

# 42h, 43h, 44h, 47h: DS:SI = disk address packet, whose count becomes that of the sectors done.
read_packet_service:
        movw    $ATA_READ + (ATA_READ_EXT << 8), L_OPCODE(%bp)
        jmp     transfer_packet
write_packet_service:
        cmpb    $2, %al                 # 2: and verify, which nobody offers
        ja      bad_command
        movw    $ATA_WRITE + (ATA_WRITE_EXT << 8), L_OPCODE(%bp)
        jmp     transfer_packet
verify_packet_service:
        movw    $ATA_VERIFY + (ATA_VERIFY_EXT << 8), L_OPCODE(%bp)
transfer_packet:
        call    take_packet
        jc      bad_command
        call    inside
        jc      1f
        call    ata_transfer
        jmp     2f
1:      movw    $0, L_DONE(%bp)
        movb    $NO_SECTOR, %ah
2:      movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        movw    L_DONE(%bp), %cx
        movw    %cx, %es:PACKET_COUNT(%di)
        ret

seek_packet_service:
        call    take_packet
        jc      bad_command
        call    inside
        jc      no_sector
        xorb    %ah, %ah
        ret

# The caller's packet into the locals. CF: it is too short.
take_packet:
        movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        cmpb    $LEAST_PACKET, %es:(%di)
        jb      1f
        movw    %es:PACKET_COUNT(%di), %ax
        movw    %ax, L_SECTORS(%bp)
        movw    %es:PACKET_BUFFER(%di), %ax
        movw    %ax, L_OFFSET(%bp)
        movw    %es:PACKET_BUFFER+2(%di), %ax
        movw    %ax, L_SEGMENT(%bp)
        movl    %es:PACKET_LBA(%di), %eax
        movl    %eax, L_LBA(%bp)
        movl    %es:PACKET_LBA+4(%di), %eax
        movl    %eax, L_LBA+4(%bp)
        clc
1:      ret

# 48h: DS:SI = room for the drive's own geometry and its number of sectors.
drive_parameters_service:
        movw    F_DS(%bp), %es
        movw    F_SI(%bp), %di
        cmpw    $RESULT_SIZE, %es:(%di)
        jb      bad_command
        cmpw    $RESULT_SIZE_DPTE, %es:(%di)
        movw    $RESULT_SIZE, %es:(%di)
        jb      1f
        movw    $RESULT_SIZE_DPTE, %es:(%di)
        movl    $-1, %es:26(%di)        # there is no device parameter table extension
1:      movw    $0x0002, %es:2(%di)     # the geometry is valid
        movzwl  %fs:D_DRIVE_CYLINDERS(%si), %eax
        movl    %eax, %es:4(%di)
        movzwl  %fs:D_DRIVE_HEADS(%si), %eax
        movl    %eax, %es:8(%di)
        movzwl  %fs:D_DRIVE_SECTORS(%si), %eax
        movl    %eax, %es:12(%di)
        movl    %fs:D_TOTAL(%si), %eax
        movl    %eax, %es:16(%di)
        movl    %fs:D_TOTAL+4(%si), %eax
        movl    %eax, %es:20(%di)
        movw    $512, %es:24(%di)
        xorb    %ah, %ah
        ret

        .section .rodata
disk_services:
        .byte   0x00
        .word   reset_service
        .byte   0x01
        .word   status_service
        .byte   0x02
        .word   read_service
        .byte   0x03
        .word   write_service
        .byte   0x04
        .word   verify_service
        .byte   0x08
        .word   parameters_service
        .byte   0x09
        .word   nothing_service
        .byte   0x0c
        .word   seek_service
        .byte   0x0d
        .word   reset_service
        .byte   0x10
        .word   ready_service
        .byte   0x11
        .word   nothing_service
        .byte   0x14
        .word   nothing_service
        .byte   0x15
        .word   type_service
        .byte   0x41
        .word   check_service
        .byte   0x42
        .word   read_packet_service
        .byte   0x43
        .word   write_packet_service
        .byte   0x44
        .word   verify_packet_service
        .byte   0x47
        .word   seek_packet_service
        .byte   0x48
        .word   drive_parameters_service
        .byte   0xff
