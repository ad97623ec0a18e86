# PCI: gives every function of bus 0 its ports, memory and interrupt line, and int 1Ah/B1h, by which programs reach the
# configuration spaces. Devices behind bridges stay as they are: there are none on the boards that this BIOS runs on.
# Sources: PCI Local Bus Specification 2.1, chapter 6; PCI BIOS Specification 2.1; Intel 82371SB (PIIX3) data sheet, function 0.

        .code16
        .include "bios.inc"

        .set    CONFIG_ADDRESS, 0xcf8
        .set    CONFIG_DATA, 0xcfc
        .set    CONFIG_ENABLE, 0x80000000

        .set    VENDOR_ID, 0x00
        .set    PCI_COMMAND, 0x04
        .set    CLASS, 0x08
        .set    HEADER_TYPE, 0x0e
        .set    BASE_ADDRESSES, 0x10
        .set    INTERRUPT, 0x3c

        .set    FIRST_PORT, 0xc000      # what is given to devices
        .set    FIRST_MEMORY, 0xe0000000
        .set    DISPLAY, 0x0300         # class of VGA adapters

        .set    FUNCTION_UNSUPPORTED, 0x81
        .set    BAD_VENDOR, 0x83
        .set    DEVICE_NOT_FOUND, 0x86
        .set    BAD_REGISTER, 0x87

        .set    L_PORT, -2              # word: the next port to give
        .set    L_MEMORY, -6            # long: the next address
        .set    PCI_LOCALS, 6

        .text
        .globl  setup_pci, pci_read, pci_write, pci_service, display_memory

pci_read:                               # EAX = configuration address; returns EAX
        movw    $CONFIG_ADDRESS, %dx
        outl    %eax, %dx
        movw    $CONFIG_DATA, %dx
        inl     %dx, %eax
        ret

pci_write:                              # EAX = configuration address, EBX = value
        movw    $CONFIG_ADDRESS, %dx
        outl    %eax, %dx
        movw    $CONFIG_DATA, %dx
        movl    %ebx, %eax
        outl    %eax, %dx
        ret

# ESI = configuration address of a function; AL = register. Returns EAX.
read_register:
        movzbl  %al, %eax
        addl    %esi, %eax
        jmp     pci_read

# The same; EBX = value.
write_register:
        movzbl  %al, %eax
        addl    %esi, %eax
        jmp     pci_write

# The next function of bus 0 behind ESI that is there. CF: there is none. Keeps the other registers.
next_function:
        pushl   %eax
        pushw   %dx
        jmp     2f
1:      addl    $0x100, %esi
        testl   $0x10000, %esi          # all 256 have been seen
        jnz     3f
2:      testl   $0x700, %esi            # a device with one function may answer for all
        jz      4f
        pushl   %esi
        andl    $0xfffff8ff, %esi
        movb    $HEADER_TYPE & 0xfc, %al
        call    read_register
        popl    %esi
        testl   $0x00800000, %eax
        jz      1b
4:      movb    $VENDOR_ID, %al
        call    read_register
        cmpw    $0xffff, %ax
        je      1b
        popw    %dx
        popl    %eax
        clc
        ret
3:      popw    %dx
        popl    %eax
        stc
        ret

# Returns EAX = the first memory of the display adapter; where there is none on PCI, that of such adapters on ISA.
display_memory:
        pushl   %esi
        movl    $CONFIG_ENABLE, %esi
1:      call    next_function
        jc      3f
        movb    $CLASS, %al
        call    read_register
        shrl    $16, %eax
        cmpw    $DISPLAY, %ax
        je      2f
        addl    $0x100, %esi
        testl   $0x10000, %esi
        jz      1b
3:      movl    $FIRST_MEMORY, %eax
        popl    %esi
        ret
2:      movb    $BASE_ADDRESSES, %al
        call    read_register
        andb    $0xf0, %al
        popl    %esi
        ret

setup_pci:
        pushw   %bp
        movw    %sp, %bp
        subw    $PCI_LOCALS, %sp
        movw    $FIRST_PORT, L_PORT(%bp)
        movl    $FIRST_MEMORY, L_MEMORY(%bp)
        movl    $CONFIG_ENABLE, %esi
1:      call    next_function
        jc      2f
        call    setup_function
        addl    $0x100, %esi
        testl   $0x10000, %esi
        jz      1b
2:      movw    %bp, %sp
        popw    %bp
        ret

setup_function:
        movb    $HEADER_TYPE & 0xfc, %al
        call    read_register
        testl   $0x007f0000, %eax       # bridges to other buses have another header
        jnz     9f
        movb    $CLASS, %al
        call    read_register
        shrl    $16, %eax
        cmpw    $0x0601, %ax
        je      setup_isa_bridge
        cmpw    $0x0101, %ax
        jne     1f
        movb    $0x40, %al              # IDETIM: both channels answer at the AT's ports
        movl    $0x80008000, %ebx
        call    write_register
1:      movb    $BASE_ADDRESSES, %cl
2:      call    setup_base_address
        addb    $4, %cl
        cmpb    $BASE_ADDRESSES + 6 * 4, %cl
        jb      2b
        movb    $PCI_COMMAND, %al       # ports, memory, bus master
        call    read_register
        movzwl  %ax, %ebx
        orb     $0x07, %bl
        movb    $PCI_COMMAND, %al
        call    write_register
        movb    $INTERRUPT, %al
        call    read_register
        testb   %ah, %ah                # no interrupt pin
        jz      9f
        movl    %esi, %edi              # pins of neighbouring slots are wired to one interrupt after the other
        shrl    $11, %edi
        movzbw  %ah, %bx
        addw    %bx, %di
        subw    $2, %di
        andw    $3, %di
        movb    %cs:interrupt_lines(%di), %al
        movl    %eax, %ebx
        movb    $INTERRUPT, %al
        call    write_register
9:      ret

# The PIIX3 turns the four PCI interrupts into IRQs, which must be level triggered.
setup_isa_bridge:
        movb    $VENDOR_ID, %al
        call    read_register
        cmpl    $0x70008086, %eax
        jne     9b
        movb    $0x60, %al
        movl    %cs:interrupt_lines, %ebx
        call    write_register
        movw    $0x4d1, %dx
        movb    $0x0c, %al
        outb    %al, %dx
        ret

# CL = a base address register of function ESI: finds out how much it wants, and gives it that. CL goes on over the upper half of a
# 64-bit one.
setup_base_address:
        movb    %cl, %al
        orl     $-1, %ebx
        call    write_register
        movb    %cl, %al
        call    read_register
        testl   %eax, %eax
        jz      9b
        testb   $1, %al
        jz      1f
        andb    $0xfc, %al              # the lowest bit that can be set is the size
        movw    %ax, %bx
        negw    %bx
        andw    %ax, %bx
        movw    %bx, %ax
        addw    L_PORT(%bp), %bx        # up to a multiple of it
        decw    %bx
        negw    %ax
        andw    %ax, %bx
        negw    %ax
        addw    %bx, %ax
        movw    %ax, L_PORT(%bp)
        movzwl  %bx, %ebx
        movb    %cl, %al
        jmp     write_register
1:      pushw   %ax
        andb    $0xf0, %al
        movl    %eax, %ebx
        negl    %ebx
        andl    %eax, %ebx
        movl    %ebx, %eax
        addl    L_MEMORY(%bp), %ebx
        decl    %ebx
        negl    %eax
        andl    %eax, %ebx
        negl    %eax
        addl    %ebx, %eax
        movl    %eax, L_MEMORY(%bp)
        movb    %cl, %al
        call    write_register
        popw    %ax
        testb   $4, %al
        jz      2f
        addb    $4, %cl
        movb    %cl, %al
        xorl    %ebx, %ebx
        call    write_register
2:      ret

# Int 1Ah/B1h; the frame is set up. BX = bus, device and function; DI = register.
pci_service:
        cmpb    $0x01, %al
        je      presence
        cmpb    $0x02, %al
        je      find_device
        cmpb    $0x03, %al
        je      find_class
        subb    $0x08, %al              # 08h to 0Dh: read and write bytes, words and longs
        cmpb    $6, %al
        jb      access
        movb    $FUNCTION_UNSUPPORTED, %ah
        jmp     fail

presence:
        movb    $0x01, F_AL(%bp)        # mechanism 1
        movw    $0x0210, F_BX(%bp)
        movb    $0, F_CL(%bp)           # the last bus
        movl    $0x20494350, F_DX(%bp)  # "PCI "
succeed:
        movb    $0, F_AH(%bp)
        LEAVE_SERVICE

fail:   movb    %ah, F_AH(%bp)
        orb     $CARRY, F_FLAGS(%bp)
        LEAVE_SERVICE

# 02h: the SI-th device DX:CX (vendor, device). BX = where it is.
find_device:
        movb    $BAD_VENDOR, %ah
        cmpw    $0xffff, %dx
        je      fail
        movl    F_CX(%bp), %edi
        shll    $16, %edi
        movw    %dx, %di
        movb    $VENDOR_ID, %cl
        xorb    %ch, %ch
        jmp     find

# 03h: the SI-th device of class ECX.
find_class:
        movl    F_CX(%bp), %edi
        andl    $0xffffff, %edi
        movb    $CLASS, %cl
        movb    $8, %ch

# Register CL, without its lowest CH bits, is EDI.
find:   movl    $CONFIG_ENABLE, %esi
1:      call    next_function
        movb    $DEVICE_NOT_FOUND, %ah
        jc      fail
        movb    %cl, %al
        call    read_register
        xchgb   %cl, %ch
        shrl    %cl, %eax
        xchgb   %cl, %ch
        cmpl    %edi, %eax
        jne     2f
        subw    $1, F_SI(%bp)
        jc      3f
2:      addl    $0x100, %esi
        testl   $0x10000, %esi
        jz      1b
        movb    $DEVICE_NOT_FOUND, %ah
        movw    $0, F_SI(%bp)
        jmp     fail
3:      movw    $0, F_SI(%bp)
        shrl    $8, %esi
        movw    %si, F_BX(%bp)
        jmp     succeed

# AL = 0 to 5: read byte, word, long; write byte, word, long.
access: movzbw  %al, %si
        movb    $BAD_REGISTER, %ah
        cmpw    $0xff, %di
        ja      fail
        movw    %di, %cx
        testb   %cs:access_alignment(%si), %cl
        jnz     fail
        movzwl  F_BX(%bp), %eax
        shll    $8, %eax
        orl     $CONFIG_ENABLE, %eax
        movb    %cl, %al
        andb    $0xfc, %al
        movw    $CONFIG_ADDRESS, %dx
        outl    %eax, %dx
        movw    $CONFIG_DATA, %dx
        andb    $3, %cl
        addb    %cl, %dl
        movl    F_CX(%bp), %eax
        shlw    $1, %si
        call    *%cs:accesses(%si)
        movl    %eax, F_CX(%bp)
        jmp     succeed

read_byte:
        inb     %dx, %al
        ret
read_word:
        inw     %dx, %ax
        ret
read_long:
        inl     %dx, %eax
        ret
write_byte:
        outb    %al, %dx
        ret
write_word:
        outw    %ax, %dx
        ret
write_long:
        outl    %eax, %dx
        ret

        .section .rodata
interrupt_lines:
        .byte   10, 10, 11, 11
access_alignment:
        .byte   0, 1, 3, 0, 1, 3
accesses:
        .word   read_byte, read_word, read_long, write_byte, write_word, write_long
