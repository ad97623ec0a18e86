# The entry points that stand at the addresses where the IBM PC AT's BIOS had them, because old programs call or
# compare them there. The section is linked at F000:E000.
# Source: IBM PC AT BIOS listing, as the compatibility sections of later BIOS manuals repeat it.

        .code16
        .include "bios.inc"

        .section .entries, "ax"
        .globl  nmi_entry, disk_entry, boot_entry, config_table, serial_entry, keyboard_entry, key_irq_entry
        .globl  floppy_entry, floppy_irq_entry, diskette_table, printer_entry, video_entry, memory_entry
        .globl  equipment_entry, system_entry, time_entry, timer_irq_entry, null_entry

        .org    0x05b
        jmp     post

        .org    0x2c3
nmi_entry:
        iret

        .org    0x3fe
disk_entry:
        jmp     int13

        .org    0x6f2
boot_entry:
        jmp     int19

        .org    0x6f5
# What int 15h/C0h points to.
config_table:
        .word   8                       # bytes that follow
        .byte   0xfc, 0x00, 0x01        # model AT, submodel, revision
        .byte   0x74                    # second 8259, RTC, keyboard intercept (15h/4Fh), extended BIOS area
        .byte   0x40                    # int 16h/09h is there
        .byte   0, 0, 0

        .org    0x729
# Divisors of int 14h's rates: 110 150 300 600 1200 2400 4800 9600.
        .globl  baud_divisors
baud_divisors:
        .word   1047, 768, 384, 192, 96, 48, 24, 12

        .org    0x739
serial_entry:
        jmp     int14

        .org    0x82e
keyboard_entry:
        jmp     int16

        .org    0x987
key_irq_entry:
        jmp     irq1

        .org    0xc59
floppy_entry:
        jmp     int40

        .org    0xf57
floppy_irq_entry:
        jmp     irq6

        .org    0xfc7
# Int 1Eh: the diskette parameters of a 1.44 MB drive. Each field is what the controller's command wants.
diskette_table:
        .byte   0xaf                    # SPECIFY 1: step rate, head unload time
        .byte   0x02                    # SPECIFY 2: head load time, DMA
        .byte   0x25                    # ticks until the motor stops
        .byte   0x02                    # 512 bytes a sector
        .byte   18                      # sectors a track
        .byte   0x1b                    # gap between sectors, reading and writing
        .byte   0xff                    # data length, when bytes a sector is 0
        .byte   0x6c                    # gap between sectors, formatting
        .byte   0xf6                    # fill byte, formatting
        .byte   0x0f                    # head settle time, ms
        .byte   0x08                    # motor start time, 1/8 s

        .org    0xfd2
printer_entry:
        jmp     int17

        .org    0x1065
video_entry:
        jmp     int10

        .org    0x1841
memory_entry:
        jmp     int12

        .org    0x184d
equipment_entry:
        jmp     int11

        .org    0x1859
system_entry:
        jmp     int15

        .org    0x1e6e
time_entry:
        jmp     int1a

        .org    0x1ea5
timer_irq_entry:
        jmp     irq0

        .org    0x1f53
null_entry:
        iret

        .org    0x1ff0
        ljmp    $BIOS_SEGMENT, $0xe05b
        .org    0x1ff5
        .ascii  "11/21/26"
        .org    0x1ffe
        .byte   0xfc                    # model AT
        .byte   0
