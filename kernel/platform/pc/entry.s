# Where the kernel starts: the Multiboot header and the first instructions.
# Source: Multiboot Specification 0.6.96, sections 3.1 (header) and 3.2 (machine state).
# At entry: EAX = 0x2BADB002, EBX = physical address of the Multiboot information, flat 32-bit protected mode,
# interrupts off. There is no stack yet, and the GDT is the boot loader's.

.set MULTIBOOT_MAGIC, 0x1BADB002
.set MULTIBOOT_FLAGS, 0x00000003        # modules on page boundaries; memory information wanted
.set BOOT_STACK_SIZE, 8192
.set FAULT_STACK_SIZE, 4096

.section .boot, "ax", @progbits
.align 4
multibootHeader:
    .long MULTIBOOT_MAGIC
    .long MULTIBOOT_FLAGS
    .long -(MULTIBOOT_MAGIC + MULTIBOOT_FLAGS)

.weak __wasm_start
.globl _start
_start:
    cli
    cld
    movl $bootStackEnd, %esp
    xorl %ebp, %ebp                     # a stack trace ends at a frame pointer of 0
    pushl %ebx
    pushl %eax
    movl $__wasm_start, %eax            # gives variables their first values, where those are computed; 0 if there are none
    testl %eax, %eax
    jz 1f
    call *%eax
1:
    call kernelMain                     # kernel/main.ts; does not return
stop:
    cli
    hlt
    jmp stop

.text

.globl bootStackBottom
bootStackBottom:
    movl $bootStack, %eax
    ret

.globl doubleFaultStackTop
doubleFaultStackTop:
    movl $faultStackEnd, %eax
    ret

.globl kernelStartAddress
kernelStartAddress:
    movl $__kernel_start, %eax
    ret

.globl kernelEndAddress
kernelEndAddress:
    movl $__kernel_end, %eax
    ret

.globl readOnlyStartAddress
readOnlyStartAddress:
    movl $__read_only_start, %eax
    ret

.globl readOnlyEndAddress
readOnlyEndAddress:
    movl $__read_only_end, %eax
    ret

.globl ksymsStartAddress
ksymsStartAddress:
    movl $__ksyms_start, %eax
    ret

.globl ksymsEndAddress
ksymsEndAddress:
    movl $__ksyms_end, %eax
    ret

.bss
.align 16
bootStack:
    .skip BOOT_STACK_SIZE
bootStackEnd:
faultStack:
    .skip FAULT_STACK_SIZE
faultStackEnd:
