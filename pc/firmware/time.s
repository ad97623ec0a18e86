# The time of day: IRQ 0 counts ticks of 54.9 ms since midnight, int 1Ah reads and sets them and the real-time clock.
# Sources: IBM BIOS Interface Technical Reference, int 08h, 1Ah, 70h; Motorola MC146818A data sheet.

        .code16
        .include "bios.inc"

        .set    TICKS_A_DAY, 0x1800b0
        .set    PERIODIC, 0x40          # status B and C: the 1024 Hz interrupt
        .set    ALARM, 0x20

        .text
        .globl  setup_timer, setup_clock, irq0, irq8, int1a

# 8254 counter 0 divides by 65536: 18.2 Hz.
setup_timer:
        movb    $0x36, %al              # counter 0, both bytes, square wave
        outb    %al, $PIT_CONTROL
        xorb    %al, %al
        outb    %al, $PIT_COUNTER_0
        outb    %al, $PIT_COUNTER_0
        ret

# Sets the RTC to 24 hours and BCD, and the tick count from its time of day.
setup_clock:
        movw    $0x2600 + RTC_STATUS_A, %ax
        call    cmos_write
        movw    $0x0200 + RTC_STATUS_B, %ax
        call    cmos_write
        movb    $RTC_STATUS_C, %al      # reading it takes back a pending interrupt
        call    cmos_read
        call    rtc_time                # CH, CL, DH
        movb    %ch, %al
        call    from_bcd
        imull   $3600, %eax, %ebx
        movb    %cl, %al
        call    from_bcd
        imull   $60, %eax, %eax
        addl    %eax, %ebx
        movb    %dh, %al
        call    from_bcd
        addl    %ebx, %eax
        movl    $1193182, %edx          # ticks = seconds * 1193182 / 65536
        mull    %edx
        shrdl   $16, %edx, %eax
        movl    %eax, TICKS
        ret

from_bcd:                               # AL = BCD; returns EAX
        movzbl  %al, %eax
        aam     $16
        aad     $10
        movzbl  %al, %eax
        ret

# Reads the time as CH:CL:DH in BCD. The clock may count on between two of the reads; then they are repeated.
rtc_time:
        movb    $RTC_SECONDS, %al
        call    cmos_read
        movb    %al, %dh
        movb    $RTC_MINUTES, %al
        call    cmos_read
        movb    %al, %cl
        movb    $RTC_HOURS, %al
        call    cmos_read
        movb    %al, %ch
        movb    $RTC_SECONDS, %al
        call    cmos_read
        cmpb    %al, %dh
        jne     rtc_time
        ret

# IRQ 0.
irq0:
        pushw   %ds
        pushw   %dx
        pushw   %ax
        pushw   $BDA_SEGMENT
        popw    %ds
        incl    TICKS
        cmpl    $TICKS_A_DAY, TICKS
        jb      1f
        movl    $0, TICKS
        incb    MIDNIGHT
1:      cmpb    $0, FD_MOTOR_TICKS      # is a diskette motor to be stopped?
        je      2f
        decb    FD_MOTOR_TICKS
        jnz     2f
        andb    $0xf0, FD_MOTORS
        movb    $0x0c, %al
        movw    $0x3f2, %dx
        outb    %al, %dx
2:      int     $0x1c
        movb    $EOI, %al
        outb    %al, $PIC1
        popw    %ax
        popw    %dx
        popw    %ds
        iret

# IRQ 8: the alarm calls int 4Ah; the periodic interrupt, 976 us each, counts down a wait of int 15h/83h or 86h.
irq8:
        pushal
        pushw   %ds
        pushw   %es
        pushw   $BDA_SEGMENT
        popw    %ds
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        movb    %al, %bl
        movb    $RTC_STATUS_C, %al
        call    cmos_read
        andb    %al, %bl                # what came and is wanted
        testb   $ALARM, %bl
        jz      1f
        int     $0x4a
1:      testb   $PERIODIC, %bl
        jz      3f
        testb   $1, WAIT_FLAG
        jz      2f
        subl    $976, WAIT_MICROSECONDS
        jae     3f
        les     WAIT_POINTER, %di
        movb    $0, WAIT_FLAG           # first, for the byte may be WAIT_FLAG itself
        orb     $0x80, %es:(%di)
2:      movb    $RTC_STATUS_B, %al      # nobody waits any longer
        call    cmos_read
        andb    $0xff - PERIODIC, %al
        movb    %al, %ah
        movb    $RTC_STATUS_B, %al
        call    cmos_write
3:      movb    $EOI, %al
        outb    %al, $PIC2
        outb    %al, $PIC1
        popw    %es
        popw    %ds
        popal
        iret

int1a:
        ENTER_SERVICE
        andb    $0xff - CARRY, F_FLAGS(%bp)
        cmpb    $0xb1, %ah
        je      pci_service
        cmpb    $7, %ah
        ja      1f
        movzbw  %ah, %di
        addw    %di, %di
        call    *%cs:time_services(%di)
        LEAVE_SERVICE
1:      orb     $CARRY, F_FLAGS(%bp)
        LEAVE_SERVICE

# 00h: CX:DX = ticks since midnight; AL = midnights passed since the last call.
get_ticks:
        movl    TICKS, %eax
        movw    %ax, F_DX(%bp)
        shrl    $16, %eax
        movw    %ax, F_CX(%bp)
        movb    MIDNIGHT, %al
        movb    %al, F_AL(%bp)
        movb    $0, F_AH(%bp)
        movb    $0, MIDNIGHT
        ret

# 01h: sets them from CX:DX.
set_ticks:
        movw    %dx, TICKS
        movw    %cx, TICKS + 2
        movb    $0, MIDNIGHT
        movb    $0, F_AH(%bp)
        ret

# 02h: CH, CL, DH = hours, minutes, seconds in BCD; DL = daylight saving.
get_time:
        call    rtc_time
        movb    %dh, F_DH(%bp)
        movw    %cx, F_CX(%bp)
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        andb    $1, %al
        movb    %al, F_DL(%bp)
        movb    $0, F_AH(%bp)
        ret

# 03h: sets them. The clock is held still (status B bit 7) while its registers change.
set_time:
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        andb    $0xfe, %al
        andb    $1, %dl
        orb     %dl, %al
        movb    %al, %bl
        call    hold_clock
        movb    %dh, %ah
        movb    $RTC_SECONDS, %al
        call    cmos_write
        movb    %cl, %ah
        movb    $RTC_MINUTES, %al
        call    cmos_write
        movb    %ch, %ah
        movb    $RTC_HOURS, %al
        call    cmos_write
        jmp     release_clock

# 04h: CH CL = century, year; DH, DL = month, day; all BCD.
get_date:
        movb    $RTC_DAY, %al
        call    cmos_read
        movb    %al, F_DL(%bp)
        movb    $RTC_MONTH, %al
        call    cmos_read
        movb    %al, F_DH(%bp)
        movb    $RTC_YEAR, %al
        call    cmos_read
        movb    %al, F_CL(%bp)
        movb    $RTC_CENTURY, %al
        call    cmos_read
        movb    %al, F_CH(%bp)
        movb    $RTC_DAY, %al
        call    cmos_read
        cmpb    %al, F_DL(%bp)
        jne     get_date                # midnight passed between the reads
        movb    $0, F_AH(%bp)
        ret

# 05h: sets it.
set_date:
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        movb    %al, %bl
        call    hold_clock
        movb    %dl, %ah
        movb    $RTC_DAY, %al
        call    cmos_write
        movb    %dh, %ah
        movb    $RTC_MONTH, %al
        call    cmos_write
        movb    %cl, %ah
        movb    $RTC_YEAR, %al
        call    cmos_write
        movb    %ch, %ah
        movb    $RTC_CENTURY, %al
        call    cmos_write
        jmp     release_clock

hold_clock:                             # BL = status B
        movb    %bl, %ah
        orb     $0x80, %ah
        movb    $RTC_STATUS_B, %al
        jmp     cmos_write

release_clock:                          # BL = status B
        movb    %bl, %ah
        andb    $0x7f, %ah
        movb    $RTC_STATUS_B, %al
        call    cmos_write
        movb    $0, F_AH(%bp)
        ret

# 06h: alarm at CH:CL:DH. Carry when one is set already.
set_alarm:
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        testb   $ALARM, %al
        jnz     1f
        movb    %al, %bl
        movb    %dh, %ah
        movb    $RTC_SECONDS + 1, %al
        call    cmos_write
        movb    %cl, %ah
        movb    $RTC_MINUTES + 1, %al
        call    cmos_write
        movb    %ch, %ah
        movb    $RTC_HOURS + 1, %al
        call    cmos_write
        call    unmask_clock
        movb    %bl, %ah
        orb     $ALARM, %ah
        movb    $RTC_STATUS_B, %al
        jmp     cmos_write
1:      orb     $CARRY, F_FLAGS(%bp)
        ret

# 07h: no alarm.
clear_alarm:
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        movb    %al, %ah
        andb    $0x7f - ALARM, %ah
        movb    $RTC_STATUS_B, %al
        jmp     cmos_write

        .globl  unmask_clock
unmask_clock:
        inb     $PIC2_MASK, %al
        andb    $0xfe, %al
        outb    %al, $PIC2_MASK
        ret

        .section .rodata
        .balign 2
time_services:
        .word   get_ticks, set_ticks, get_time, set_time, get_date, set_date, set_alarm, clear_alarm
