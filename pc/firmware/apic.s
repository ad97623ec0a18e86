# Virtual wire mode: a processor with a local APIC hears the 8259s only after the APIC's LINT0 pin was set to ExtINT.
# Source: Intel Software Developer's Manual, volume 3, "Advanced Programmable Interrupt Controller"; MultiProcessor
# Specification 1.4, section 3.6.2.2.

        .code16
        .include "bios.inc"

        .set    EFLAGS_ID, 0x200000
        .set    FEATURE_APIC, 0x200
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
        testl   $FEATURE_APIC, %edx
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
