# Int 11h, 12h and 15h: what the machine has, memory, A20, waiting, moving blocks, switching off.
# Sources: IBM BIOS Interface Technical Reference, int 11h, 12h, 15h; ACPI specification, "INT 15H, E820H"; Advanced Power
# Management BIOS Interface Specification 1.2.

        .code16
        .include "bios.inc"

        .set    UNSUPPORTED, 0x86

        .text
        .globl  int11, int12, int15

int11:
        pushw   %ds
        pushw   $BDA_SEGMENT
        popw    %ds
        movw    EQUIPMENT, %ax
        popw    %ds
        iret

int12:
        pushw   %ds
        pushw   $BDA_SEGMENT
        popw    %ds
        movw    MEMORY_KB, %ax
        popw    %ds
        iret

# A service gets the caller's registers, with BP = frame, and changes the frame; carry is clear unless it sets it.
int15:
        cmpb    $0x4f, %ah              # the keyboard's: carry stays set, the code is taken as it is
        je      5f
        ENTER_SERVICE
        andb    $0xff - CARRY, F_FLAGS(%bp)
        movw    $system_services, %si
1:      cmpb    %cs:(%si), %ah
        je      2f
        addw    $3, %si
        cmpw    $system_services_end, %si
        jb      1b
        call    unsupported
        jmp     3f
2:      call    *%cs:1(%si)
3:      LEAVE_SERVICE
5:      iret

unsupported:
        movb    $UNSUPPORTED, F_AH(%bp)
        orb     $CARRY, F_FLAGS(%bp)
        ret

succeed:
        movb    $0, F_AH(%bp)
        ret

# --- 24h: the A20 gate

a20_service:
        cmpb    $1, %al
        ja      1f
        movb    %al, %ah                # 00h off, 01h on
        call    set_a20
        jmp     succeed
1:      cmpb    $2, %al
        jne     2f
        inb     $SYSTEM_CONTROL_A, %al
        shrb    $1, %al
        andb    $1, %al
        movb    %al, F_AL(%bp)
        jmp     succeed
2:      cmpb    $3, %al
        jne     unsupported
        movw    $0x0003, F_BX(%bp)      # the keyboard controller and port 92h both switch it
        jmp     succeed

set_a20:                                # AH = 0 or 1; returns AH = what it was
        inb     $SYSTEM_CONTROL_A, %al
        pushw   %ax
        andb    $0xfc, %al
        shlb    $1, %ah
        orb     %ah, %al
        outb    %al, $SYSTEM_CONTROL_A
        popw    %ax
        movb    %al, %ah
        shrb    $1, %ah
        andb    $1, %ah
        ret

# --- 83h, 86h: waiting, on the real-time clock's periodic interrupt

# 83h: AL = 0: sets bit 7 of the byte at ES:BX when CX:DX microseconds have passed; AL = 1: no longer.
event_wait:
        cmpb    $1, %al
        je      1f
        testb   $1, WAIT_FLAG
        jnz     2f
        movw    F_ES(%bp), %ax
        movw    %ax, WAIT_POINTER+2
        movw    %bx, WAIT_POINTER
        call    start_wait
        jmp     succeed
1:      movb    $0, WAIT_FLAG           # IRQ 8 will see it and stop
        jmp     succeed
2:      movb    $0, F_AH(%bp)
        orb     $CARRY, F_FLAGS(%bp)
        ret

start_wait:                             # CX:DX = microseconds
        movw    %dx, WAIT_MICROSECONDS
        movw    %cx, WAIT_MICROSECONDS+2
        movb    $1, WAIT_FLAG
        call    unmask_clock
        movb    $RTC_STATUS_B, %al
        call    cmos_read
        movb    %al, %ah
        orb     $0x40, %ah
        movb    $RTC_STATUS_B, %al
        jmp     cmos_write

# 86h: comes back after CX:DX microseconds.
wait_service:
        testb   $1, WAIT_FLAG
        jnz     2b
        movw    %ds, WAIT_POINTER+2
        movw    $WAIT_FLAG, WAIT_POINTER
        call    start_wait
1:      cli
        testb   $0x80, WAIT_FLAG
        jnz     3f
        sti
        hlt
        jmp     1b
3:      movb    $0, WAIT_FLAG
        sti
        jmp     succeed

# --- 87h: moves CX words between any two places. ES:SI = six descriptors, of which the caller has filled in the third
# (source) and the fourth (destination); the others are for this routine.

        .set    D_TABLE, 0x08
        .set    D_SOURCE, 0x10
        .set    D_DESTINATION, 0x18
        .set    D_CODE, 0x20
        .set    D_STACK, 0x28

block_move:
        movw    F_ES(%bp), %es
        movw    F_SI(%bp), %si
        movw    %es, %ax
        movzwl  %ax, %eax
        shll    $4, %eax
        movzwl  %si, %edx
        addl    %edx, %eax              # where the table is
        movw    $0xffff, %bx
        leaw    D_TABLE(%si), %di
        movw    $0x9200, %dx
        call    make_descriptor
        movl    $BIOS_SEGMENT << 4, %eax
        leaw    D_CODE(%si), %di
        movw    $0x9a00, %dx
        call    make_descriptor
        movw    %ss, %ax
        movzwl  %ax, %eax
        shll    $4, %eax
        leaw    D_STACK(%si), %di
        movw    $0x9200, %dx
        call    make_descriptor

        cli
        movb    $1, %ah
        call    set_a20
        pushw   %ax                     # AH = what it was
        pushw   %bp
        pushw   %ds
        lgdtw   %es:D_TABLE(%si)        # limit and 24 bits of base stand there in the order that it wants
        movw    %ss, %bx
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $D_CODE, $1f
1:      movw    $D_SOURCE, %ax
        movw    %ax, %ds
        movw    $D_DESTINATION, %ax
        movw    %ax, %es
        movw    $D_STACK, %ax
        movw    %ax, %ss
        xorw    %si, %si
        xorw    %di, %di
        movw    F_CX(%bp), %cx
        rep movsw
        movw    $D_STACK, %ax           # limits of 64 KiB, as real mode wants them
        movw    %ax, %ds
        movw    %ax, %es
        movl    %cr0, %eax
        andb    $0xfe, %al
        movl    %eax, %cr0
        ljmp    $BIOS_SEGMENT, $2f
2:      movw    %bx, %ss
        popw    %ds
        popw    %bp
        popw    %ax
        call    set_a20
        sti
        jmp     succeed

make_descriptor:                        # ES:DI, EAX = base, BX = limit, DX = access byte in its high half
        movw    %bx, %es:(%di)
        movl    %eax, %es:2(%di)
        movb    %dh, %es:5(%di)
        movw    $0, %es:6(%di)
        ret

# --- How much memory there is

# 88h: AX = KiB above 1 MiB, 63 MiB at most.
extended_memory:
        call    extended_kb
        cmpl    $0xfc00, %eax
        jb      1f
        movw    $0xfc00, %ax
1:      movw    %ax, F_AX(%bp)
        ret

extended_kb:                            # returns EAX = KiB above 1 MiB
        call    top_of_memory
        shrl    $10, %eax
        subl    $1024, %eax
        ret

# Returns EAX = address above the last byte of RAM.
top_of_memory:
        movb    $CMOS_HIGH_64KB, %al
        call    cmos_word
        testw   %ax, %ax
        jz      1f
        movzwl  %ax, %eax
        shll    $16, %eax
        addl    $0x1000000, %eax
        ret
1:      movb    $CMOS_EXTENDED_KB, %al
        call    cmos_word
        movzwl  %ax, %eax
        addl    $1024, %eax
        shll    $10, %eax
        ret

cmos_word:                              # AL = register of its low byte; returns AX
        movb    %al, %ah
        incb    %al
        call    cmos_read
        xchgb   %al, %ah
        jmp     cmos_read

# E8h: the two services for more than 64 MiB.
memory_service:
        cmpb    $0x01, %al
        je      1f
        cmpb    $0x20, %al
        je      memory_map
        jmp     unsupported

# E801h: AX = CX = KiB from 1 to 16 MiB, BX = DX = 64 KiB blocks above 16 MiB.
1:      call    extended_kb
        xorl    %ebx, %ebx
        cmpl    $0x3c00, %eax
        jbe     2f
        movl    %eax, %ebx
        subl    $0x3c00, %ebx
        shrl    $6, %ebx
        movw    $0x3c00, %ax
2:      movw    %ax, F_AX(%bp)
        movw    %ax, F_CX(%bp)
        movw    %bx, F_BX(%bp)
        movw    %bx, F_DX(%bp)
        ret

# E820h: one range of the memory map a call. EBX = which, EDX = "SMAP", ES:DI = room for ECX bytes.
memory_map:
        cmpl    $0x534d4150, %edx
        jne     unsupported
        cmpl    $20, %ecx
        jb      unsupported
        cmpl    $5, %ebx
        jae     unsupported
        movl    %ebx, %esi
        leaw    (%esi,%esi,2), %si
        shlw    $2, %si
        movl    %cs:memory_ranges(%si), %ecx
        movl    %cs:memory_ranges+4(%si), %edx
        testl   %edx, %edx              # the range that ends with RAM
        jnz     1f
        call    top_of_memory
        movl    %eax, %edx
        subl    %ecx, %edx
1:      movl    %ecx, %es:(%di)
        movl    $0, %es:4(%di)
        movl    %edx, %es:8(%di)
        movl    $0, %es:12(%di)
        movl    %cs:memory_ranges+8(%si), %eax
        movl    %eax, %es:16(%di)
        incl    %ebx
        cmpl    $5, %ebx
        jb      2f
        xorl    %ebx, %ebx
2:      movl    %ebx, F_BX(%bp)
        movl    $0x534d4150, F_AX(%bp)
        movl    $20, F_CX(%bp)
        ret

# --- C0h, C1h

config_service:
        movw    $config_table, F_BX(%bp)
        movw    %cs, F_ES(%bp)
        jmp     succeed

ebda_service:
        movw    EBDA_POINTER, %ax
        movw    %ax, F_ES(%bp)
        ret

# 85h System Request, 90h and 91h: a device is busy, is ready. Multitasking systems take these over.
nothing_to_do:
        jmp     succeed

# --- 53h: power management, as far as switching off

apm_service:
        cmpb    $0x15, %al
        ja      apm_unknown
        movzbw  %al, %si
        addw    %si, %si
        jmp     *%cs:apm_services(%si)

apm_installed:                          # 00h
        movw    $0x0102, F_AX(%bp)
        movw    $0x504d, F_BX(%bp)      # "PM"
        movw    $0, F_CX(%bp)           # no protected-mode interface
        ret

apm_version:                            # 0Eh
        movw    $0x0102, F_AX(%bp)
        ret

apm_idle:                               # 05h
        sti
        hlt
        jmp     succeed

apm_no_event:                           # 0Bh
        movb    $0x80, F_AH(%bp)
        orb     $CARRY, F_FLAGS(%bp)
        ret

apm_unknown:
        movb    $0x0c, F_AH(%bp)
        orb     $CARRY, F_FLAGS(%bp)
        ret

apm_set_state:                          # 07h: CX = 3 switches off
        cmpw    $3, %cx
        jne     succeed
        cli
        movw    $0x604, %dx             # PM1 control: sleep enable, type soft off
        movw    $0x2000, %ax
        outw    %ax, %dx
        movw    $shutdown_text, %si     # what Bochs listens for
        movw    $0x8900, %dx
1:      movb    %cs:(%si), %al
        testb   %al, %al
        jz      2f
        outb    %al, %dx
        incw    %si
        jmp     1b
2:      hlt
        jmp     2b

        .section .rodata
system_services:
        .byte   0x24
        .word   a20_service
        .byte   0x53
        .word   apm_service
        .byte   0x83
        .word   event_wait
        .byte   0x85
        .word   nothing_to_do
        .byte   0x86
        .word   wait_service
        .byte   0x87
        .word   block_move
        .byte   0x88
        .word   extended_memory
        .byte   0x90
        .word   nothing_to_do
        .byte   0x91
        .word   nothing_to_do
        .byte   0xc0
        .word   config_service
        .byte   0xc1
        .word   ebda_service
        .byte   0xe8
        .word   memory_service
system_services_end:

apm_services:
        .word   apm_installed, succeed, apm_unknown, apm_unknown, succeed, apm_idle, succeed, apm_set_state
        .word   succeed, succeed, apm_unknown, apm_no_event, apm_unknown, succeed, apm_version, succeed
        .word   apm_unknown, apm_unknown, apm_unknown, apm_unknown, apm_unknown, apm_unknown

shutdown_text:
        .asciz  "Shutdown"

# Base, length (0: to the end of RAM), type: 1 RAM, 2 reserved.
        .balign 4
memory_ranges:
        .long   0x00000000, 0x0009fc00, 1
        .long   0x0009fc00, 0x00000400, 2
        .long   0x000f0000, 0x00010000, 2
        .long   0x00100000, 0x00000000, 1
        .long   0xfffc0000, 0x00040000, 2
