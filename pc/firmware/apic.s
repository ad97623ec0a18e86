# Memory types, and virtual wire mode: a processor with a local APIC hears the 8259s only after the APIC's LINT0 pin was set to ExtINT.
# Source: Intel Software Developer's Manual, volume 3, "Advanced Programmable Interrupt Controller"; MultiProcessor
# Specification 1.4, section 3.6.2.2.

        .code16
        .include "bios.inc"

        .set    EFLAGS_ID, 0x200000
        .set    FEATURE_APIC, 0x200
        .set    FEATURE_MTRR, 0x1000
        .set    MTRR_VARIABLE, 0x200
        .set    MTRR_FIXED_64K, 0x250
        .set    MTRR_FIXED_16K, 0x258
        .set    MTRR_FIXED_4K, 0x268
        .set    MTRR_DEFAULT, 0x2ff
        .set    WRITE_BACK, 6           # uncachable is 0
        .set    PCI_HOLE, 0xe0000000
        .set    LOCAL_APIC, 0xfee00000
        .set    SPURIOUS_VECTOR, 0xf0
        .set    LVT_LINT0, 0x350
        .set    LVT_LINT1, 0x360
        .set    FLAT, 0x08
        .set    REAL, 0x10

        .text
        .globl  setup_local_apic

setup_local_apic:
        pushfl                          # can EFLAGS.ID be changed? Then there is CPUID.
        popl    %eax
        movl    %eax, %ebx
        xorl    $EFLAGS_ID, %eax
        pushl   %eax
        popfl
        pushfl
        popl    %eax
        pushl   %ebx                    # as it was
        popfl
        xorl    %ebx, %eax
        testl   $EFLAGS_ID, %eax
        jz      1f
        movl    $1, %eax
        cpuid
        testl   $FEATURE_MTRR, %edx
        jz      2f
        pushl   %edx
        call    setup_memory_types
        popl    %edx
2:      testl   $FEATURE_APIC, %edx
        jz      1f
        movw    $FLAT, %ax
        call    load_ds                 # DS reaches 4 GiB, and does so in real mode too
        movl    $LOCAL_APIC, %ebx
        orl     $0x1ff, SPURIOUS_VECTOR(%ebx)   # enabled
        movl    $0x8700, LVT_LINT0(%ebx)        # ExtINT
        movl    $0x8400, LVT_LINT1(%ebx)        # NMI
        movw    $REAL, %ax
        call    load_ds
        pushw   $BDA_SEGMENT
        popw    %ds
1:      ret

# Memory types as an operating system expects to find them: all is write-back but video memory and what lies above PCI_HOLE.
setup_memory_types:
        movl    $WRITE_BACK * 0x01010101, %eax
        movl    %eax, %edx
        movl    $MTRR_FIXED_64K, %ecx
        wrmsr
        movl    $MTRR_FIXED_16K, %ecx   # 80000h
        wrmsr
        movl    $MTRR_FIXED_4K, %ecx    # C0000h to FFFFFh
1:      wrmsr
        incl    %ecx
        cmpl    $MTRR_FIXED_4K + 8, %ecx
        jb      1b
        xorl    %eax, %eax
        xorl    %edx, %edx
        movl    $MTRR_FIXED_16K + 1, %ecx
        wrmsr                           # A0000h: uncachable
        movl    $MTRR_VARIABLE, %ecx
        movl    $PCI_HOLE, %eax         # uncachable
        wrmsr
        incl    %ecx
        movl    $PCI_HOLE | 0x800, %eax # valid; of an address all bits from PCI_HOLE's on count
        movl    $0xf, %edx
        wrmsr
        movl    $MTRR_DEFAULT, %ecx
        movl    $0xc00 | WRITE_BACK, %eax       # both kinds of range are on
        xorl    %edx, %edx
        wrmsr
        ret

# Loads DS, also the part of it that stays in real mode, from descriptor AX.
load_ds:
        lgdtl   %cs:gdt_pointer
        movl    %cr0, %ecx
        orb     $1, %cl
        movl    %ecx, %cr0
        movw    %ax, %ds
        andb    $0xfe, %cl
        movl    %ecx, %cr0
        ret

        .section .rodata
        .balign 8
gdt:
        .quad   0
        .quad   0x008f92000000ffff      # FLAT: base 0, 4 GiB
        .quad   0x000092000000ffff      # REAL: 64 KiB
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   (BIOS_SEGMENT << 4) + gdt
