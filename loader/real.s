# The loader's first instructions, and its way to the BIOS: all that runs in real mode. It stands at 0:8000, where the boot sector (or
# a CD's boot block) has put it with the rest of the loader behind it; the drive is in DL and, if a master boot record has chosen
# a partition, its entry's address in SI. TypeScript runs in flat 32-bit protected mode with interrupts off, on the same stack.
# Sources: Intel SDM volume 3, "Switching between real and protected mode"; BIOS Boot Specification 1.01.

        .set    STACK_TOP, 0x7c00
        .set    BOOT_SECTOR, 0x7c00
        # As Linux's 32-bit entry wants them.
        .set    CODE32, 0x10
        .set    DATA32, 0x18
        .set    CODE16, 0x20
        .set    DATA16, 0x28

        .section .real, "awx", @progbits
        .code16
        .globl  _start
_start:
        jmp     start
        .balign 4
        .ascii  "OSSU"                  # at 4: what boot sector and boot block look for

start:
        cli
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movl    $STACK_TOP, %esp
        sti
        cld
        movb    %dl, drive
        movw    %si, partition_entry
        call    open_a20
        cli
        lgdtl   gdt_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $CODE32, $protected

# Says the text at SI, waits for a key and starts the machine anew.
fail:
        lodsb
        testb   %al, %al
        jz      1f
        movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
        jmp     fail
1:      xorb    %ah, %ah
        int     $0x16
        ljmp    $0xffff, $0

        .include "kernel/boot/a20.s"

        .code32
protected:
        movl    $DATA32, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    $__bss_start, %edi
        movl    $__bss_end, %ecx
        subl    %edi, %ecx
        xorl    %eax, %eax
        rep stosb
        xorl    %ebp, %ebp
        movl    $__wasm_start, %eax     # gives variables their first values, where those are computed; 0 if there are none
        testl   %eax, %eax
        jz      1f
        call    *%eax
1:      call    loaderMain              # loader/main.ts; does not return
2:      hlt
        jmp     2b
        .weak   __wasm_start

# biosCall(number): calls the BIOS's interrupt `number` with the registers at `registers`, and leaves there what it returns.
        .globl  biosCall
biosCall:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movb    20(%esp), %al
        movb    %al, interrupt_number   # the jump below makes the processor fetch it anew
        ljmp    $CODE16, $1f
        .code16
1:      call    enter_real_mode
        sti
        movl    r_eax, %eax
        movl    r_ebx, %ebx
        movl    r_ecx, %ecx
        movl    r_edx, %edx
        movl    r_esi, %esi
        movl    r_edi, %edi
        movl    r_ebp, %ebp
        movw    r_es, %es
        pushw   r_ds
        popw    %ds
        .byte   0xcd                    # int
interrupt_number:
        .byte   0
        cli
        pushw   %ds
        pushl   %eax
        pushfl
        xorw    %ax, %ax
        movw    %ax, %ds
        popl    r_eflags
        popl    r_eax
        popw    r_ds
        movw    %es, r_es
        movl    %ebx, r_ebx
        movl    %ecx, r_ecx
        movl    %edx, r_edx
        movl    %esi, r_esi
        movl    %edi, r_edi
        movl    %ebp, r_ebp
        cld
back:   lgdtl   gdt_pointer             # some BIOSes use one of their own
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $CODE32, $1f
        .code32
1:      movl    $DATA32, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movzwl  %sp, %esp
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

# waitForInterrupt(): lets the BIOS's interrupt handlers run until the next one has run.
        .globl  waitForInterrupt
waitForInterrupt:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        ljmp    $CODE16, $1f
        .code16
1:      call    enter_real_mode
        sti
        hlt
        cli
        jmp     back

# From 16-bit protected mode to real mode, all segments at 0; the stack stays where it is.
enter_real_mode:
        movw    $DATA16, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    %cr0, %eax
        andb    $0xfe, %al
        movl    %eax, %cr0
        ljmp    $0, $1f
1:      xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        ret

# startSector(drive, entry): starts the boot sector that stands at 0:7C00, as the BIOS or a master boot record does.
        .code32
        .globl  startSector
startSector:
        movl    4(%esp), %edx
        movl    8(%esp), %esi
        ljmp    $CODE16, $1f
        .code16
1:      call    enter_real_mode
        movw    $STACK_TOP, %sp
        sti
        xorl    %eax, %eax
        xorl    %ebx, %ebx
        xorl    %ecx, %ecx
        xorl    %ebp, %ebp
        ljmp    $0, $BOOT_SECTOR

# enterKernel(entry, eax, ebx, esi): as Multiboot and Linux want it: flat segments, interrupts off, no paging.
        .code32
        .globl  enterKernel
enterKernel:
        movl    4(%esp), %ecx
        movl    8(%esp), %eax
        movl    12(%esp), %ebx
        movl    16(%esp), %esi
        xorl    %edi, %edi
        xorl    %ebp, %ebp
        xorl    %edx, %edx
        cld
        jmp     *%ecx

        .globl  registersAddress
registersAddress:
        movl    $registers, %eax
        ret

        .globl  bootDrive
bootDrive:
        movzbl  drive, %eax
        ret

        .globl  bootPartitionEntry
bootPartitionEntry:
        movzwl  partition_entry, %eax
        ret

        .balign 4
registers:
r_eax:  .long   0
r_ebx:  .long   0
r_ecx:  .long   0
r_edx:  .long   0
r_esi:  .long   0
r_edi:  .long   0
r_ebp:  .long   0
r_eflags:
        .long   0
r_ds:   .word   0
r_es:   .word   0
partition_entry:
        .word   0
drive:  .byte   0
no_a20:
        .asciz  "\r\nThe A20 line stays closed. Press a key to start again."

        .balign 8
gdt:
        .quad   0
        .quad   0
        .quad   0x00cf9b000000ffff      # code, 4 GiB
        .quad   0x00cf93000000ffff      # data, 4 GiB
        .quad   0x00009b000000ffff      # 16-bit code, 64 KiB
        .quad   0x000093000000ffff      # 16-bit data, 64 KiB
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt
