# Power-on self test: from the reset vector to int 19h. Sets up the interrupt vectors, the BIOS data area and
# the chips of the board; each subject's own set-up routine stands in the subject's file.

        .code16
        .include "bios.inc"

        .text
        .globl  post, cmos_read, cmos_write, print

# The chips of the board keep their state over a jump to here (Ctrl-Alt-Del, a program that jumps to F000:E05B),
# so each of them is brought to a known state.
post:
        cli
        cld
        movb    $0x80 + CMOS_SHUTDOWN, %al      # no stack yet: a program that comes back needs its memory as it was
        outb    %al, $CMOS_INDEX
        inb     $CMOS_DATA, %al
        movb    %al, %bl
        movb    $0x80 + CMOS_SHUTDOWN, %al
        outb    %al, $CMOS_INDEX
        xorb    %al, %al
        outb    %al, $CMOS_DATA
        xorw    %ax, %ax
        movw    %ax, %ds
        cmpb    $0x05, %bl              # a program came back from protected mode by a reset
        je      resume_with_eoi
        cmpb    $0x0a, %bl
        je      resume

        movw    %ax, %ss
        movw    $0x7c00, %sp
        inb     $SYSTEM_CONTROL_A, %al  # A20 open, as every later system wants it
        orb     $2, %al
        andb    $0xfe, %al
        outb    %al, $SYSTEM_CONTROL_A

        call    setup_vectors
        call    setup_data
        call    setup_interrupt_controllers
        call    setup_local_apic
        call    setup_timer
        call    setup_dma
        call    setup_pci
        call    setup_power
        call    setup_clock
        call    setup_coprocessor
        call    setup_serial
        call    setup_printer
        movw    $0x0003, %ax
        int     $0x10
        movw    $sign_on, %si
        call    print
        movb    $0xb8, %al              # let in IRQ 0, 1, 2 and 6
        outb    %al, $PIC1_MASK
        movb    $0x1f, %al              # and 13, 14 and 15
        outb    %al, $PIC2_MASK
        sti
        call    setup_keyboard
        call    setup_floppies
        call    setup_disks
        int     $0x19

resume_with_eoi:
        movb    $EOI, %al
        outb    %al, $PIC2
        outb    %al, $PIC1
resume:
        ljmp    *0x400+RESUME_POINTER

cmos_read:                              # AL = register; returns AL
        orb     $0x80, %al              # no NMI between index and data
        outb    %al, $CMOS_INDEX
        inb     $CMOS_DATA, %al
        pushw   %ax
        movb    $0x0d, %al              # leave the index on a register that cannot be changed, and NMI on
        outb    %al, $CMOS_INDEX
        popw    %ax
        ret

cmos_write:                             # AL = register, AH = value
        orb     $0x80, %al
        outb    %al, $CMOS_INDEX
        movb    %ah, %al
        outb    %al, $CMOS_DATA
        movb    $0x0d, %al
        outb    %al, $CMOS_INDEX
        ret

# Prints the NUL-terminated text at CS:SI.
print:
        pushw   %ax
        pushw   %bx
1:      movb    %cs:(%si), %al
        incw    %si
        testb   %al, %al
        jz      2f
        movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
        jmp     1b
2:      popw    %bx
        popw    %ax
        ret

# Every vector points somewhere; those of IRQs without a driver acknowledge the interrupt.
setup_vectors:
        xorw    %ax, %ax
        movw    %ax, %es
        movw    %ax, %di
        movl    $(BIOS_SEGMENT << 16) + null_entry_offset, %eax
        movw    $256, %cx
        rep stosl
        movw    $vector_table, %si
1:      movzbw  %cs:(%si), %di
        shlw    $2, %di
        movw    %cs:1(%si), %ax
        movw    %ax, %es:(%di)
        addw    $3, %si
        cmpw    $vector_table_end, %si
        jb      1b
        xorl    %eax, %eax              # 60h-67h belong to programs, which look for an empty one
        movw    $0x60 * 4, %di
        movw    $8, %cx
        rep stosl
        movl    %eax, %es:0x41 * 4      # fixed disks, if there are any, come later with parameters of theirs
        movl    %eax, %es:0x46 * 4
        ret

setup_data:
        movw    $BDA_SEGMENT, %ax
        movw    %ax, %ds
        movw    %ax, %es
        pushw   RESET_FLAG
        xorw    %ax, %ax
        movw    %ax, %di
        movw    $128, %cx
        rep stosw
        popw    RESET_FLAG
        movw    $EBDA_SEGMENT, EBDA_POINTER
        movw    $BASE_MEMORY_KB, MEMORY_KB
        movw    $KB_BUFFER, %ax
        movw    %ax, KB_HEAD
        movw    %ax, KB_TAIL
        movw    %ax, KB_START
        movw    $KB_BUFFER_END, KB_END
        movw    $0x0020, EQUIPMENT      # 80 x 25 in colour; the set-up routines add the rest
        movl    $0x14141414, LPT_TIMEOUTS
        movl    $0x01010101, COM_TIMEOUTS
        movw    $EBDA_SEGMENT, %ax
        movw    %ax, %es
        xorw    %di, %di
        xorw    %ax, %ax
        movw    $512, %cx
        rep stosw
        movb    $1, %es:0               # its size in KiB
        ret

# Both 8259s: edge triggered, cascaded at IRQ 2, vectors 08h and 70h, everything masked.
setup_interrupt_controllers:
        movb    $0x11, %al
        outb    %al, $PIC1
        outb    %al, $PIC2
        movb    $0x08, %al
        outb    %al, $PIC1_MASK
        movb    $0x70, %al
        outb    %al, $PIC2_MASK
        movb    $0x04, %al
        outb    %al, $PIC1_MASK
        movb    $0x02, %al
        outb    %al, $PIC2_MASK
        movb    $0x01, %al
        outb    %al, $PIC1_MASK
        outb    %al, $PIC2_MASK
        movb    $0xff, %al
        outb    %al, $PIC1_MASK
        outb    %al, $PIC2_MASK
        ret

# Both 8237s: reset, channel 4 passes the first one through.
setup_dma:
        outb    %al, $0x0d              # any value clears
        outb    %al, $0xda
        movb    $0xc0, %al
        outb    %al, $0xd6
        xorb    %al, %al
        outb    %al, $0xd4
        ret

# The board's equipment byte says whether there is a coprocessor.
setup_coprocessor:
        movb    $CMOS_EQUIPMENT, %al
        call    cmos_read
        andb    $2, %al
        orb     %al, EQUIPMENT
        ret

# Where a PIIX4 stands (QEMU, Bochs), its power-management registers are put at port 600h, so that the port that
# switches off is 604h everywhere. Source: Intel 82371AB data sheet, function 3.
setup_power:
        movl    $0x80000b00, %eax       # bus 0, device 1, function 3
        call    pci_read
        cmpl    $0x71138086, %eax
        jne     1f
        movl    $0x80000b40, %eax       # PMBA
        movl    $0x601, %ebx
        call    pci_write
        movl    $0x80000b80, %eax       # PMREGMISC: decode PMBA
        movl    $0x01, %ebx
        call    pci_write
        movl    $0x80000b04, %eax       # command: I/O space
        movl    $0x01, %ebx
        call    pci_write
1:      ret

# --- IRQs without a driver

irq_default_1:
        pushw   %ax
        movb    $0x0b, %al              # which of the first controller's interrupts is in service?
        outb    %al, $PIC1
        inb     $PIC1, %al
        testb   %al, %al
        jz      1f                      # none: a spurious IRQ 7 wants no EOI
        movb    $EOI, %al
        outb    %al, $PIC1
1:      popw    %ax
        iret

irq_default_2:
        pushw   %ax
        movb    $0x0b, %al
        outb    %al, $PIC2
        inb     $PIC2, %al
        testb   %al, %al
        movb    $EOI, %al
        jz      1f                      # a spurious IRQ 15: only the cascade is in service
        outb    %al, $PIC2
1:      outb    %al, $PIC1
        popw    %ax
        iret

# IRQ 9 takes the place of the PC's IRQ 2.
irq9:
        pushw   %ax
        movb    $EOI, %al
        outb    %al, $PIC2
        popw    %ax
        int     $0x0a
        iret

# IRQ 13, a coprocessor error: programs expect it as an NMI.
irq13:
        pushw   %ax
        xorb    %al, %al
        outb    %al, $0xf0
        movb    $EOI, %al
        outb    %al, $PIC2
        outb    %al, $PIC1
        popw    %ax
        int     $0x02
        iret

        .section .rodata
        .set    null_entry_offset, 0xff53

sign_on:
        .asciz  "MiniOS BIOS\r\n"

# Vector, handler.
vector_table:
        .byte   0x02
        .word   nmi_entry
        .byte   0x08
        .word   timer_irq_entry
        .byte   0x09
        .word   key_irq_entry
        .byte   0x0a
        .word   irq_default_1
        .byte   0x0b
        .word   irq_default_1
        .byte   0x0c
        .word   irq_default_1
        .byte   0x0d
        .word   irq_default_1
        .byte   0x0e
        .word   floppy_irq_entry
        .byte   0x0f
        .word   irq_default_1
        .byte   0x10
        .word   video_entry
        .byte   0x11
        .word   equipment_entry
        .byte   0x12
        .word   memory_entry
        .byte   0x13
        .word   disk_entry
        .byte   0x14
        .word   serial_entry
        .byte   0x15
        .word   system_entry
        .byte   0x16
        .word   keyboard_entry
        .byte   0x17
        .word   printer_entry
        .byte   0x18
        .word   int18
        .byte   0x19
        .word   boot_entry
        .byte   0x1a
        .word   time_entry
        .byte   0x1e
        .word   diskette_table
        .byte   0x1f
        .word   font_8x8 + 128 * 8
        .byte   0x40
        .word   floppy_entry
        .byte   0x43
        .word   font_8x16
        .byte   0x70
        .word   irq8
        .byte   0x71
        .word   irq9
        .byte   0x72
        .word   irq_default_2
        .byte   0x73
        .word   irq_default_2
        .byte   0x74
        .word   irq_default_2
        .byte   0x75
        .word   irq13
        .byte   0x76
        .word   irq14
        .byte   0x77
        .word   irq15
vector_table_end:
