# The diskette controller: commands, DMA, motors, positions, and finding out what medium is in a drive. Everything that
# takes time is waited for with hlt until IRQ 6.
# Sources: Intel 82077AA data sheet; Intel 8237A data sheet; IBM PC AT Technical Reference (registers 3F2h, 3F7h).

        .code16
        .include "bios.inc"
        .include "diskette.inc"

        .set    DIGITAL_OUTPUT, 0x3f2
        .set    MAIN_STATUS, 0x3f4
        .set    FIFO, 0x3f5
        .set    DIGITAL_INPUT, 0x3f7    # reading: bit 7 the change line
        .set    RATE, 0x3f7             # writing
        .set    NOT_RESET_DMA_ON, 0x0c
        .set    IRQ_CAME, 0x80          # FD_CALIBRATED
        .set    TIMEOUT_TICKS, 37       # two seconds

        .text
        .globl  irq6, fdc_reset, fdc_execute, dma_start, motor_on, change_line, seek_cylinder, forget_position
        .globl  drive_ready

irq6:
        pushw   %ax
        pushw   %ds
        pushw   $BDA_SEGMENT
        popw    %ds
        orb     $IRQ_CAME, FD_CALIBRATED
        movb    $EOI, %al
        outb    %al, $PIC1
        popw    %ds
        popw    %ax
        iret

# Sleeps until IRQ 6 has come. CF: it did not come in time.
wait_interrupt:
        pushw   %ax
        pushw   %bx
        movw    TICKS, %bx
1:      cli
        testb   $IRQ_CAME, FD_CALIBRATED
        jnz     2f
        movw    TICKS, %ax
        subw    %bx, %ax
        cmpw    $TIMEOUT_TICKS, %ax
        ja      3f
        sti                             # lets nothing in before hlt has begun, so that no interrupt is lost
        hlt
        jmp     1b
2:      andb    $0xff - IRQ_CAME, FD_CALIBRATED
        sti
        popw    %bx
        popw    %ax
        clc
        ret
3:      sti
        popw    %bx
        popw    %ax
        stc
        ret

# Sends AL. CF: the controller does not take it.
fdc_send:
        pushw   %ax
        pushw   %cx
        pushw   %dx
        movb    %al, %ah
        movw    $MAIN_STATUS, %dx
        xorw    %cx, %cx
1:      inb     %dx, %al
        andb    $0xc0, %al              # ready, towards the controller
        cmpb    $0x80, %al
        je      2f
        loop    1b
        stc
        jmp     3f
2:      movb    %ah, %al
        incw    %dx
        outb    %al, %dx
        clc
3:      popw    %dx
        popw    %cx
        popw    %ax
        ret

# Takes the result bytes, seven at most, into FD_RESULT.
fdc_results:
        pushw   %ax
        pushw   %bx
        pushw   %cx
        pushw   %dx
        movw    $FD_RESULT, %bx
        xorw    %cx, %cx
1:      movw    $MAIN_STATUS, %dx
        inb     %dx, %al
        testb   $0x80, %al
        loopz   1b                      # not ready yet
        testb   $0x40, %al
        jz      2f                      # nothing more to take
        incw    %dx
        inb     %dx, %al
        cmpw    $FD_RESULT + 7, %bx
        jae     1b
        movb    %al, (%bx)
        incw    %bx
        jmp     1b
2:      popw    %dx
        popw    %cx
        popw    %bx
        popw    %ax
        ret

# Runs the CX bytes of L_COMMAND as a command with a result phase. Returns AH = status.
fdc_execute:
        andb    $0xff - IRQ_CAME, FD_CALIBRATED
        call    send_command
        jc      1f
        call    wait_interrupt
        jc      1f
        call    fdc_results
        testb   $0xc0, FD_RESULT        # ST0: abnormal termination?
        jnz     2f
        xorb    %ah, %ah
        ret
1:      call    fdc_reset               # it may hang in the middle of the command
        movb    $TIMEOUT, %ah
        ret
2:      movb    FD_RESULT + 1, %al      # ST1
        movw    $st1_meanings, %si
3:      movb    %cs:1(%si), %ah
        testb   %cs:(%si), %al
        jnz     4f
        addw    $2, %si
        cmpb    $0, %cs:(%si)
        jne     3b
        movb    $CONTROLLER_FAILED, %ah
4:      ret

send_command:
        leaw    L_COMMAND(%bp), %si
1:      movb    %ss:(%si), %al
        call    fdc_send
        jc      2f
        incw    %si
        loop    1b
        clc
2:      ret

# Resets the controller: it forgets where the arms are. Returns AH = status.
fdc_reset:
        pushw   %cx
        pushw   %dx
        andb    $0x70, FD_CALIBRATED
        movb    FD_MOTORS, %ah
        shlb    $4, %ah                 # motors that run go on running
        movw    $DIGITAL_OUTPUT, %dx
        movb    %ah, %al
        orb     $0x08, %al              # reset
        outb    %al, %dx
        movb    %ah, %al
        orb     $NOT_RESET_DMA_ON, %al
        outb    %al, %dx
        call    wait_interrupt
        jc      2f
        movw    $4, %cx                 # one "ready changed" for each drive
1:      movb    $FDC_SENSE_INTERRUPT, %al
        call    fdc_send
        jc      2f
        call    fdc_results
        loop    1b
        movb    $FDC_SPECIFY, %al
        call    fdc_send
        jc      2f
        movb    $DPT_SPECIFY_1, %al
        call    parameter
        call    fdc_send
        jc      2f
        movb    $DPT_SPECIFY_2, %al
        call    parameter
        call    fdc_send
        jc      2f
        xorb    %ah, %ah
        jmp     3f
2:      movb    $CONTROLLER_FAILED, %ah
3:      popw    %dx
        popw    %cx
        ret

# Programs channel 2: L_DMA_BYTES at L_ADDRESS, L_DMA_MODE.
dma_start:
        pushw   %ax
        cli
        movb    $0x06, %al              # mask channel 2
        outb    %al, $0x0a
        outb    %al, $0x0c              # low byte first, from now on
        movb    L_DMA_MODE(%bp), %al
        outb    %al, $0x0b
        movb    L_ADDRESS(%bp), %al
        outb    %al, $0x04
        movb    L_ADDRESS+1(%bp), %al
        outb    %al, $0x04
        movb    L_ADDRESS+2(%bp), %al
        outb    %al, $0x81
        movw    L_DMA_BYTES(%bp), %ax
        decw    %ax
        outb    %al, $0x05
        movb    %ah, %al
        outb    %al, $0x05
        movb    $0x02, %al              # unmask
        outb    %al, $0x0a
        sti
        popw    %ax
        ret

# Selects drive DL and starts its motor; a motor that must reach its speed before something is written gets its time.
motor_on:
        pushw   %ax
        pushw   %bx
        pushw   %cx
        pushw   %dx
        movb    $0xff, FD_MOTOR_TICKS   # not to be stopped under way
        movb    %dl, %cl
        movb    $1, %ah
        shlb    %cl, %ah
        movb    FD_MOTORS, %bl
        orb     %ah, FD_MOTORS
        movb    FD_MOTORS, %al
        shlb    $4, %al
        orb     %dl, %al
        orb     $NOT_RESET_DMA_ON, %al
        movw    $DIGITAL_OUTPUT, %dx
        outb    %al, %dx
        testb   %ah, %bl
        jnz     2f
        cmpb    $FDC_WRITE, L_OPCODE(%bp)
        je      1f
        cmpb    $FDC_FORMAT, L_OPCODE(%bp)
        jne     2f
1:      movb    $DPT_MOTOR_START, %al   # 1/8 s is 9/4 ticks
        call    parameter
        movb    $9, %ah
        mulb    %ah
        shrw    $2, %ax
        call    sleep
2:      popw    %dx
        popw    %cx
        popw    %bx
        popw    %ax
        ret

sleep:                                  # AX = ticks
        movw    TICKS, %bx
1:      movw    TICKS, %cx
        subw    %bx, %cx
        cmpw    %ax, %cx
        ja      2f
        hlt
        jmp     1b
2:      ret

# CF: the selected drive's diskette was taken out since the arm last moved.
change_line:
        pushw   %ax
        pushw   %dx
        movw    $DIGITAL_INPUT, %dx
        inb     %dx, %al
        shlb    $1, %al
        popw    %dx
        popw    %ax
        ret

# All drives: where their arms are is not known.
forget_position:
        andb    $0xf0, FD_CALIBRATED
        ret

# Runs the CX bytes of L_COMMAND, which move the arm, and asks how that ended. CF: badly.
move_arm:
        andb    $0xff - IRQ_CAME, FD_CALIBRATED
        call    send_command
        jc      1f
        call    wait_interrupt
        jc      1f
        movb    $FDC_SENSE_INTERRUPT, %al
        call    fdc_send
        jc      1f
        call    fdc_results
        movb    FD_RESULT, %al
        andb    $0xf0, %al
        cmpb    $0x20, %al              # seek end, and nothing else
        jne     1f
        clc
        ret
1:      stc
        ret

# DL = drive to cylinder 0. Returns AH = status. A second try: 77 steps may not be enough from beyond cylinder 77.
recalibrate:
        pushw   %cx
        call    recalibrate_once
        jnc     1f
        call    recalibrate_once
        jnc     1f
        movb    $SEEK_FAILED, %ah
        popw    %cx
        ret
1:      movzbw  %dl, %bx
        movb    $0, FD_CYLINDER(%bx)
        movb    %dl, %cl
        movb    $1, %al
        shlb    %cl, %al
        orb     %al, FD_CALIBRATED
        xorb    %ah, %ah
        popw    %cx
        ret

recalibrate_once:
        movb    $FDC_RECALIBRATE, L_COMMAND(%bp)
        movb    %dl, L_COMMAND+1(%bp)
        movw    $2, %cx
        jmp     move_arm

# DL = drive, AL = arm position. Returns AH = status.
seek_arm:
        pushw   %cx
        movzbw  %dl, %bx
        movb    %al, L_COMMAND+2(%bp)
        movb    %al, FD_CYLINDER(%bx)
        movb    $FDC_SEEK, L_COMMAND(%bp)
        movb    %dl, L_COMMAND+1(%bp)
        movw    $3, %cx
        call    move_arm
        popw    %cx
        movb    $0, %ah
        jnc     1f
        call    forget_position
        movb    $SEEK_FAILED, %ah
1:      ret

# DL = drive to L_CYLINDER. Returns AH = status.
seek_cylinder:
        call    calibrate
        testb   %ah, %ah
        jnz     2f
        movzbw  %dl, %bx
        movb    L_CYLINDER(%bp), %al
        testb   $DOUBLE_STEP, FD_MEDIA(%bx)
        jz      1f
        shlb    $1, %al
1:      cmpb    FD_CYLINDER(%bx), %al
        jne     seek_arm
2:      ret

# Recalibrates drive DL unless it knows where its arm is. Returns AH = status.
calibrate:
        movb    %dl, %cl
        movb    $1, %al
        shlb    %cl, %al
        xorb    %ah, %ah
        testb   %al, FD_CALIBRATED
        jz      recalibrate
        ret

# Brings drive DL to where a command can run: motor, the right medium, its data rate. Returns AH = status.
drive_ready:
        call    drive_row
        movb    $TIMEOUT, %ah
        jc      9f
        call    motor_on
        movzbw  %dl, %bx
        cmpb    $1, %al                 # 360K drives have no change line
        je      3f
        call    change_line
        jnc     3f
        pushw   FD_MEDIA(%bx)
        andb    $0xff - MEDIA_KNOWN, FD_MEDIA(%bx)
        call    forget_position
        call    calibrate
        movb    $1, %al                 # moving the arm takes the signal back, if there is a diskette
        call    seek_arm
        movb    $0, %al
        call    seek_arm
        popw    %cx
        call    change_line
        movb    $TIMEOUT, %ah
        jc      9f
        testb   $MEDIA_KNOWN, %cl
        movb    $DISK_CHANGED, %ah
        jnz     9f
3:      testb   $MEDIA_KNOWN, FD_MEDIA(%bx)
        jz      sense_medium
        call    set_rate
        xorb    %ah, %ah
9:      ret

set_rate:                               # BX = drive
        movb    FD_MEDIA(%bx), %al
        rolb    $2, %al
        andb    $3, %al
        movw    $RATE, %di
        xchgw   %dx, %di
        outb    %al, %dx
        xchgw   %dx, %di
        ret

# Tries the media that the drive can take, until one's sector headers can be read. SI = row of drive_table, BX = drive.
sense_medium:
        call    calibrate
        testb   %ah, %ah
        jnz     3f
        call    drive_row
        movw    $3, %cx
1:      addw    $2, %si
        movb    %cs:(%si), %al
        movb    $NO_SECTOR, %ah
        testb   %al, %al
        jz      3f
        movzbw  %dl, %bx
        movb    %al, FD_MEDIA(%bx)
        call    set_rate
        movb    $FDC_READ_ID, L_COMMAND(%bp)
        movb    %dl, L_COMMAND+1(%bp)
        pushw   %cx
        pushw   %si
        movw    $2, %cx
        call    fdc_execute
        popw    %si
        popw    %cx
        testb   %ah, %ah
        jz      4f
        movb    $0, FD_MEDIA(%bx)
        cmpb    $TIMEOUT, %ah
        je      3f
        loop    1b
3:      ret
4:      ret

        .section .rodata
# Bits of ST1, the most telling first, and the statuses that they become.
st1_meanings:
        .byte   0x02, WRITE_PROTECTED
        .byte   0x20, BAD_CHECKSUM
        .byte   0x10, DMA_OVERRUN
        .byte   0x01, BAD_MARK
        .byte   0x04, NO_SECTOR
        .byte   0x80, NO_SECTOR         # end of cylinder
        .byte   0
