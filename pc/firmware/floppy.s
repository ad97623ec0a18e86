# Int 40h, which int 13h calls for drives 00h to 7Fh: diskettes, as programs see them. The controller is in fdc.s.
# Source: IBM BIOS Interface Technical Reference, int 13h (diskette).

        .code16
        .include "bios.inc"
        .include "diskette.inc"

        .text
        .globl  int40, setup_floppies, drive_row

# Drives from CMOS into the equipment word; resets the controller when there are any.
setup_floppies:
        movb    $CMOS_FLOPPIES, %al
        call    cmos_read
        xorw    %bx, %bx
        testb   $0xf0, %al
        jz      1f
        incw    %bx
1:      testb   $0x0f, %al
        jz      2f
        incw    %bx
2:      testw   %bx, %bx
        jz      3f
        decw    %bx
        shlw    $6, %bx
        orw     $1, %bx
        orw     %bx, EQUIPMENT
        movb    $0x77, FD_CONTROLLER    # both drives: 80 tracks, several rates, change line
        xorb    %ah, %ah
        xorb    %dl, %dl
        int     $0x13
3:      ret

# A service gets the caller's registers, with BP = frame, and returns AH = status.
int40:
        ENTER_SERVICE
        subw    $LOCALS, %sp
        sti
        movw    $floppy_services, %si
1:      cmpb    %cs:(%si), %ah
        je      2f
        addw    $3, %si
        cmpw    $floppy_services_end, %si
        jb      1b
        movb    $BAD_COMMAND, %ah
        jmp     3f
2:      call    *%cs:1(%si)
3:      movb    %ah, FD_STATUS
        andb    $0xff - CARRY, F_FLAGS(%bp)
        testb   %ah, %ah
        jz      4f
        orb     $CARRY, F_FLAGS(%bp)
4:      movb    %ah, F_AH(%bp)
        movb    $DPT_MOTOR_OFF, %al
        call    parameter
        movb    %al, FD_MOTOR_TICKS
        movw    %bp, %sp
        LEAVE_SERVICE

# 00h
reset_service:
        jmp     fdc_reset

# 01h: the last status once more.
status_service:
        movb    FD_STATUS, %ah
        ret

# DL = drive; returns AL = its type from CMOS (1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 and 6 2.88M) and SI = its row in
# drive_table. CF: there is no such drive.
drive_row:
        cmpb    $1, %dl
        ja      2f
        movb    $CMOS_FLOPPIES, %al
        call    cmos_read
        testb   %dl, %dl
        jnz     1f
        shrb    $4, %al
1:      andb    $0x0f, %al
        jz      2f
        cmpb    $6, %al
        ja      2f
        movzbw  %al, %si
        shlw    $3, %si
        addw    $drive_table - 8, %si
        clc
        ret
2:      stc
        ret

# 02h, 03h, 04h: AL sectors from cylinder CH, head DH, sector CL on of drive DL; ES:BX = buffer. AL = sectors done.
read_service:
        movb    $FDC_READ, L_OPCODE(%bp)
        movb    $DMA_TO_MEMORY, L_DMA_MODE(%bp)
        jmp     transfer
write_service:
        movb    $FDC_WRITE, L_OPCODE(%bp)
        movb    $DMA_FROM_MEMORY, L_DMA_MODE(%bp)
        jmp     transfer
verify_service:
        movb    $FDC_READ_ID, L_OPCODE(%bp)     # that the track can be read is what is verified
transfer:
        movb    $0, F_AL(%bp)
        movb    %al, L_LEFT(%bp)
        movb    %ch, L_CYLINDER(%bp)
        movb    %dh, L_HEAD(%bp)
        movb    %cl, L_SECTOR(%bp)
        testb   %al, %al
        jz      bad_command
        cmpb    $1, %dh
        ja      bad_command
        cmpb    $FDC_READ_ID, L_OPCODE(%bp)
        je      1f
        movzbw  %al, %cx
        shlw    $9, %cx                 # 128 sectors are 64 KiB: that many never fit
        jz      crosses
        testb   $0x80, %al
        jnz     crosses
        call    set_buffer
        jc      crosses
1:      call    drive_ready
        testb   %ah, %ah
        jnz     9f
        call    last_sector
        movb    %al, L_LAST_SECTOR(%bp)
2:      movb    L_LEFT(%bp), %al        # a command ends with its track
        movb    L_LAST_SECTOR(%bp), %ah
        subb    L_SECTOR(%bp), %ah
        jb      3f                      # beyond the end: the controller will say that there is no such sector
        incb    %ah
        cmpb    %ah, %al
        jbe     3f
        movb    %ah, %al
3:      movb    %al, L_COUNT(%bp)
        movb    $3, L_TRIES(%bp)
4:      call    transfer_track
        testb   %ah, %ah
        jz      5f
        cmpb    $WRITE_PROTECTED, %ah
        je      9f
        cmpb    $TIMEOUT, %ah
        je      9f
        decb    L_TRIES(%bp)
        jz      9f
        call    forget_position         # maybe the arm is not where it should be
        jmp     4b
5:      movb    L_COUNT(%bp), %al
        addb    %al, F_AL(%bp)
        subb    %al, L_LEFT(%bp)
        jz      9f
        movzbl  %al, %eax
        shll    $9, %eax
        addl    %eax, L_ADDRESS(%bp)
        movb    $1, L_SECTOR(%bp)
        xorb    $1, L_HEAD(%bp)
        jnz     2b
        incb    L_CYLINDER(%bp)
        jmp     2b
9:      ret

bad_command:
        movb    $BAD_COMMAND, %ah
        ret
crosses:
        movb    $DMA_BOUNDARY, %ah
        ret

# ES:BX = buffer, CX = its bytes; returns its physical address in L_ADDRESS. CF: it crosses a 64 KiB boundary, over
# which the DMA controller does not count.
set_buffer:
        movw    %es, %ax
        movzwl  %ax, %eax
        shll    $4, %eax
        movzwl  %bx, %edi
        addl    %edi, %eax
        movl    %eax, L_ADDRESS(%bp)
        decw    %cx
        addw    %cx, %ax
        ret

# One command: L_COUNT sectors from L_SECTOR on. Returns AH = status.
transfer_track:
        movb    F_DL(%bp), %dl
        call    seek_cylinder
        testb   %ah, %ah
        jnz     9f
        movb    L_OPCODE(%bp), %al
        movb    %al, L_COMMAND(%bp)
        movb    L_HEAD(%bp), %ah
        shlb    $2, %ah
        orb     %dl, %ah
        movb    %ah, L_COMMAND+1(%bp)
        movw    $2, %cx
        cmpb    $FDC_READ_ID, %al
        je      fdc_execute
        movb    L_CYLINDER(%bp), %al
        movb    %al, L_COMMAND+2(%bp)
        movb    L_HEAD(%bp), %al
        movb    %al, L_COMMAND+3(%bp)
        movb    L_SECTOR(%bp), %al
        movb    %al, L_COMMAND+4(%bp)
        addb    L_COUNT(%bp), %al
        decb    %al
        movb    %al, L_COMMAND+6(%bp)   # last sector
        movb    $DPT_SECTOR_SIZE, %al
        call    parameter
        movb    %al, L_COMMAND+5(%bp)
        movb    $DPT_GAP, %al
        call    parameter
        movb    %al, L_COMMAND+7(%bp)
        movb    $DPT_DATA_LENGTH, %al
        call    parameter
        movb    %al, L_COMMAND+8(%bp)
        movzbw  L_COUNT(%bp), %cx
        shlw    $9, %cx
        movw    %cx, L_DMA_BYTES(%bp)
        call    dma_start
        movw    $9, %cx
        jmp     fdc_execute
9:      ret

# AL = offset in the diskette parameter table that int 1Eh points to; returns AL.
parameter:
        pushw   %es
        pushw   %bx
        pushw   %ax
        xorw    %bx, %bx
        movw    %bx, %es
        lesw    %es:0x1e * 4, %bx
        xorb    %ah, %ah
        addw    %ax, %bx
        popw    %ax
        movb    %es:(%bx), %al
        popw    %bx
        popw    %es
        ret
        .globl  parameter

# The last sector of a track, AL: the medium's, or what a program's own parameter table says. DL = drive.
last_sector:
        pushw   %es
        xorw    %ax, %ax
        movw    %ax, %es
        cmpl    $(BIOS_SEGMENT << 16) + diskette_table_offset, %es:0x1e * 4
        popw    %es
        movb    $DPT_LAST_SECTOR, %al
        jne     parameter
        call    drive_row
        movzbw  %dl, %bx
        movb    FD_MEDIA(%bx), %ah
        addw    $2, %si
        movw    $3, %cx
1:      cmpb    %cs:(%si), %ah
        je      2f
        addw    $2, %si
        loop    1b
        movb    $DPT_LAST_SECTOR, %al
        jmp     parameter
2:      movb    %cs:1(%si), %al
        ret

# 05h: formats a track; ES:BX = cylinder, head, sector, size for each of AL sectors.
format_service:
        movb    %al, L_COUNT(%bp)
        movb    %ch, L_CYLINDER(%bp)
        movb    %dh, L_HEAD(%bp)
        movb    $FDC_FORMAT, L_OPCODE(%bp)
        movb    $DMA_FROM_MEMORY, L_DMA_MODE(%bp)
        testb   %al, %al
        jz      bad_command
        cmpb    $1, %dh
        ja      bad_command
        movzbw  %al, %cx
        shlw    $2, %cx
        movw    %cx, L_DMA_BYTES(%bp)
        call    set_buffer
        jc      crosses
        call    drive_ready
        cmpb    $NO_SECTOR, %ah         # an unformatted one is what this is for
        ja      9f
        call    seek_cylinder
        testb   %ah, %ah
        jnz     9f
        movb    $FDC_FORMAT, L_COMMAND(%bp)
        movb    L_HEAD(%bp), %ah
        shlb    $2, %ah
        orb     %dl, %ah
        movb    %ah, L_COMMAND+1(%bp)
        movb    $DPT_SECTOR_SIZE, %al
        call    parameter
        movb    %al, L_COMMAND+2(%bp)
        movb    L_COUNT(%bp), %al
        movb    %al, L_COMMAND+3(%bp)
        movb    $DPT_FORMAT_GAP, %al
        call    parameter
        movb    %al, L_COMMAND+4(%bp)
        movb    $DPT_FILL, %al
        call    parameter
        movb    %al, L_COMMAND+5(%bp)
        call    dma_start
        movw    $6, %cx
        jmp     fdc_execute
9:      ret

# 08h: CH, CL = last cylinder and sector, DH = last head, DL = drives, BL = type, ES:DI = parameter table.
parameters_service:
        movw    EQUIPMENT, %bx
        xorw    %ax, %ax
        testb   $1, %bl
        jz      1f
        shrw    $6, %bx
        andb    $3, %bl
        incb    %bl
        movb    %bl, %al
1:      movw    %ax, F_DX(%bp)
        call    drive_row
        jc      2f
        movzbw  %al, %ax
        movw    %ax, F_BX(%bp)
        movb    %cs:(%si), %ah
        movb    %ah, F_CH(%bp)
        movb    %cs:1(%si), %al
        movb    %al, F_CL(%bp)
        movb    $1, F_DH(%bp)
        call    table_for_sectors
        movw    $0, F_AX(%bp)
        xorb    %ah, %ah
        ret
2:      xorw    %ax, %ax
        movw    %ax, F_AX(%bp)
        movw    %ax, F_BX(%bp)
        movw    %ax, F_CX(%bp)
        movw    %ax, F_DI(%bp)
        movw    %ax, F_ES(%bp)
        jmp     bad_command

# AL = sectors a track; the caller's ES:DI = the parameter table for that.
table_for_sectors:
        movw    $table_9, %di
        cmpb    $9, %al
        jbe     1f
        movw    $table_15, %di
        cmpb    $15, %al
        jbe     1f
        movw    $diskette_table, %di
        cmpb    $18, %al
        jbe     1f
        movw    $table_36, %di
1:      movw    %di, F_DI(%bp)
        movw    %cs, F_ES(%bp)
        ret

# 15h: AH = 0 no drive, 1 a drive without, 2 with a change line. It is no status.
type_service:
        call    drive_row
        movb    $0, %ah
        jc      1f
        movb    $1, %ah
        cmpb    $1, %al
        je      1f
        movb    $2, %ah
1:      movb    $0, FD_STATUS
        addw    $2, %sp                 # over int 40h's look at the status
        andb    $0xff - CARRY, F_FLAGS(%bp)
        movb    %ah, F_AH(%bp)
        movw    %bp, %sp
        LEAVE_SERVICE

# 16h: has the diskette been changed?
change_service:
        call    drive_row
        jc      bad_command
        cmpb    $1, %al
        je      1f
        call    motor_on
        call    change_line
        jc      2f
1:      xorb    %ah, %ah
        ret
2:      movb    $DISK_CHANGED, %ah
        ret

# 17h: AL = 1 360K in its drive, 2 360K in a 1.2M drive, 3 1.2M, 4 720K.
set_type_service:
        cmpb    $1, %dl
        ja      bad_command
        decb    %al
        cmpb    $4, %al
        jae     bad_command
        movzbw  %al, %si
        movb    %cs:media_kinds(%si), %al
        movzbw  %dl, %bx
        movb    %al, FD_MEDIA(%bx)
        xorb    %ah, %ah
        ret

# 18h: CH, CL = last cylinder and sector of the medium that will be formatted; ES:DI = parameter table for it.
set_media_service:
        call    drive_row
        jc      bad_command
        addw    $2, %si
        andb    $0x3f, %cl
        movb    %cl, %al
        movw    $3, %cx
1:      cmpb    %cs:1(%si), %al
        je      2f
        addw    $2, %si
        loop    1b
        movb    $NO_MEDIA_TYPE, %ah
        ret
2:      movb    %cs:(%si), %ah
        movzbw  %dl, %bx
        movb    %ah, FD_MEDIA(%bx)
        call    table_for_sectors
        xorb    %ah, %ah
        ret

        .section .rodata
        .set    diskette_table_offset, 0xefc7

floppy_services:
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
        .byte   0x05
        .word   format_service
        .byte   0x08
        .word   parameters_service
        .byte   0x15
        .word   type_service
        .byte   0x16
        .word   change_service
        .byte   0x17
        .word   set_type_service
        .byte   0x18
        .word   set_media_service
floppy_services_end:

# Types 1-6: last cylinder, last sector; then what media the drive takes: FD_MEDIA (rate, kind), last sector.
drive_table:
        .byte   39, 9, 0x93, 9, 0, 0, 0, 0
        .byte   79, 15, 0x15, 15, 0x74, 9, 0x93, 9      # the last: a virtual 1.2M drive may not need double steps
        .byte   79, 9, 0x97, 9, 0, 0, 0, 0
        .byte   79, 18, 0x17, 18, 0x97, 9, 0, 0
        .byte   79, 36, 0xd7, 36, 0x17, 18, 0x97, 9
        .byte   79, 36, 0xd7, 36, 0x17, 18, 0x97, 9
media_kinds:
        .byte   0x93, 0x74, 0x15, 0x97

# Parameter tables beside int 1Eh's, which is the one for 18 sectors.
table_9:
        .byte   0xdf, 0x02, 0x25, 0x02, 9, 0x2a, 0xff, 0x50, 0xf6, 0x0f, 0x08
table_15:
        .byte   0xdf, 0x02, 0x25, 0x02, 15, 0x1b, 0xff, 0x54, 0xf6, 0x0f, 0x08
table_36:
        .byte   0xaf, 0x02, 0x25, 0x02, 36, 0x1b, 0xff, 0x53, 0xf6, 0x0f, 0x08
