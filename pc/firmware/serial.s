# Int 14h, serial ports, and int 17h, printers.
# Sources: IBM BIOS Interface Technical Reference, int 14h and 17h; National PC16550D data sheet.

        .code16
        .include "bios.inc"

        .set    LINE_CONTROL, 3
        .set    MODEM_CONTROL, 4
        .set    LINE_STATUS, 5
        .set    MODEM_STATUS, 6
        .set    DATA_READY, 0x01
        .set    HOLDING_EMPTY, 0x20
        .set    TIMED_OUT, 0x80

        .text
        .globl  setup_serial, setup_printer, int14, int17

# A port whose scratch register remembers two values is one.
setup_serial:
        movw    $COM_PORTS, %di
        movw    $serial_bases, %si
1:      movw    %cs:(%si), %dx
        addw    $7, %dx
        movb    $0x5a, %al
        outb    %al, %dx
        inb     %dx, %al
        cmpb    $0x5a, %al
        jne     2f
        movb    $0xa5, %al
        outb    %al, %dx
        inb     %dx, %al
        cmpb    $0xa5, %al
        jne     2f
        movw    %cs:(%si), %dx
        movw    %dx, (%di)
        addw    $2, %di
        addw    $0x0200, EQUIPMENT      # bits 9-11 count them
        incw    %dx                     # no interrupts
        xorb    %al, %al
        outb    %al, %dx
        addw    $LINE_CONTROL - 1, %dx  # eight bits, no parity: what small kernels that send without set-up count on
        movb    $0x03, %al
        outb    %al, %dx
2:      addw    $2, %si
        cmpw    $serial_bases_end, %si
        jb      1b
        ret

setup_printer:
        movw    $LPT_PORTS, %di
        movw    $printer_bases, %si
1:      movw    %cs:(%si), %dx
        movb    $0x5a, %al
        outb    %al, %dx
        inb     %dx, %al
        cmpb    $0x5a, %al
        jne     2f
        movw    %dx, (%di)
        addw    $2, %di
        addw    $0x4000, EQUIPMENT      # bits 14-15 count them
2:      addw    $2, %si
        cmpw    $printer_bases_end, %si
        jb      1b
        ret

int14:
        ENTER_SERVICE
        sti
        cmpb    $3, %ah
        ja      1f
        movw    F_DX(%bp), %bx
        cmpw    $3, %bx
        ja      1f
        addw    %bx, %bx
        movw    COM_PORTS(%bx), %dx
        testw   %dx, %dx
        jz      1f
        movzbw  %ah, %di
        addw    %di, %di
        call    *%cs:serial_services(%di)
1:      LEAVE_SERVICE

# 00h: AL bits 5-7 rate, 3-4 parity, 2 stop bits, 0-1 bits.
serial_setup:
        movb    %al, %cl
        movzbw  %al, %si
        shrw    $5, %si
        addw    %si, %si
        movw    %cs:baud_divisors(%si), %bx
        addw    $LINE_CONTROL, %dx
        movb    $0x80, %al              # divisor latch
        outb    %al, %dx
        subw    $LINE_CONTROL, %dx
        movb    %bl, %al
        outb    %al, %dx
        incw    %dx
        movb    %bh, %al
        outb    %al, %dx
        addw    $LINE_CONTROL - 1, %dx
        movb    %cl, %al
        andb    $0x1f, %al
        outb    %al, %dx
        subw    $LINE_CONTROL, %dx
# 03h: AH = line status, AL = modem status.
serial_status:
        addw    $LINE_STATUS, %dx
        inb     %dx, %al
        movb    %al, F_AH(%bp)
        incw    %dx
        inb     %dx, %al
        movb    %al, F_AL(%bp)
        ret

# 01h: sends AL.
serial_send:
        movb    %al, %cl
        addw    $MODEM_CONTROL, %dx
        movb    $0x03, %al              # DTR, RTS
        outb    %al, %dx
        subw    $MODEM_CONTROL, %dx
        movb    $HOLDING_EMPTY, %ah
        call    serial_wait
        jc      1f
        movb    %al, F_AH(%bp)
        movb    %cl, %al
        outb    %al, %dx
        ret
1:      orb     $TIMED_OUT, %al
        movb    %al, F_AH(%bp)
        ret

# 02h: receives AL.
serial_receive:
        movb    $DATA_READY, %ah
        call    serial_wait
        jc      1b
        andb    $0x1e, %al              # errors only
        movb    %al, F_AH(%bp)
        inb     %dx, %al
        movb    %al, F_AL(%bp)
        ret

# Waits for line status bits AH, looking often at first and then once a tick, a second or so. Returns AL; CF: timeout.
serial_wait:
        pushw   %cx
        pushw   %dx
        addw    $LINE_STATUS, %dx
        movw    $2000, %cx
1:      inb     %dx, %al
        testb   %ah, %al
        jnz     3f
        loop    1b
        movw    $18, %cx
2:      hlt
        inb     %dx, %al
        testb   %ah, %al
        jnz     3f
        loop    2b
        stc
        jmp     4f
3:      clc
4:      popw    %dx
        popw    %cx
        ret

int17:
        ENTER_SERVICE
        sti
        cmpb    $2, %ah
        ja      1f
        movw    F_DX(%bp), %bx
        cmpw    $2, %bx
        ja      1f
        addw    %bx, %bx
        movw    LPT_PORTS(%bx), %dx
        testw   %dx, %dx
        jz      1f
        movzbw  %ah, %di
        addw    %di, %di
        call    *%cs:printer_services(%di)
        jmp     2f
1:      movb    $0x01, F_AH(%bp)        # timeout: nobody is there
2:      LEAVE_SERVICE

# 00h: prints AL. Status bit 7 of the port is "not busy".
printer_send:
        outb    %al, %dx
        incw    %dx
        movw    $18, %cx
1:      inb     %dx, %al
        testb   $0x80, %al
        jnz     2f
        hlt
        loop    1b
        decw    %dx
        call    printer_status
        orb     $0x01, F_AH(%bp)
        ret
2:      incw    %dx
        movb    $0x0d, %al              # strobe
        outb    %al, %dx
        movb    $0x0c, %al
        outb    %al, %dx
        subw    $2, %dx
        jmp     printer_status

# 01h
printer_reset:
        addw    $2, %dx
        movb    $0x08, %al
        outb    %al, %dx
        movw    $2, %cx
1:      hlt                             # 50 us are asked for
        loop    1b
        movb    $0x0c, %al
        outb    %al, %dx
        subw    $2, %dx

# 02h: AH = status, acknowledge and error turned round.
printer_status:
        incw    %dx
        inb     %dx, %al
        xorb    $0x48, %al
        andb    $0xf8, %al
        movb    %al, F_AH(%bp)
        ret

        .section .rodata
        .balign 2
serial_bases:
        .word   0x3f8, 0x2f8, 0x3e8, 0x2e8
serial_bases_end:
printer_bases:
        .word   0x378, 0x278
printer_bases_end:
serial_services:
        .word   serial_setup, serial_send, serial_receive, serial_status
printer_services:
        .word   printer_send, printer_reset, printer_status
