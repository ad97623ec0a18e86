# What programs need of the processor: the way in and out of ring 3, and the state of the floating-point unit.
# Calling convention: cdecl. Source: Intel SDM volume 3, sections 6.12 (interrupts with a change of the stack) and 13.4 (#NM).

.set USER_CODE, 0x1b                    # the selectors of segments.ts, with the privilege level 3
.set USER_DATA, 0x23
.set KERNEL_DATA, 0x10
.set INTERRUPTS_ON, 0x202
.set SYSTEM_CALL, 0x80

.text

# int 0x80: a trap gate, so interrupts stay on. The stack becomes an InterruptFrame, as in interrupts.s.
systemCallEntry:
    pushl $0
    pushl $SYSTEM_CALL
    pushal
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movl $KERNEL_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    cld
    pushl %esp                          # the argument: the InterruptFrame
    call systemCall                     # kernel/process/systemCall.ts
    addl $4, %esp
    popl %gs
    popl %fs
    popl %es
    popl %ds
    popal
    addl $8, %esp
    iret

.globl systemCallEntryAddress
systemCallEntryAddress:
    movl $systemCallEntry, %eax
    ret

# enterProgram(entry, stack): goes to ring 3 for the first time, with nothing of the kernel's in any register. The kernel's
# stack is empty from now on: the next interrupt starts at its top (TSS.esp0).
.globl enterProgram
enterProgram:
    movl 4(%esp), %edx
    movl 8(%esp), %ecx
    cli
    movl $USER_DATA, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    pushl %eax                          # SS
    pushl %ecx                          # ESP
    pushl $INTERRUPTS_ON                # EFLAGS
    pushl $USER_CODE                    # CS
    pushl %edx                          # EIP
    xorl %eax, %eax
    xorl %ebx, %ebx
    xorl %ecx, %ecx
    xorl %edx, %edx
    xorl %esi, %esi
    xorl %edi, %edi
    xorl %ebp, %ebp                     # a stack trace ends here
    iret

# saveFloats(area): stores the unit's state, 108 bytes, and clears it.
.globl saveFloats
saveFloats:
    movl 4(%esp), %eax
    fnsave (%eax)
    ret

# loadFloats(area)
.globl loadFloats
loadFloats:
    movl 4(%esp), %eax
    frstor (%eax)
    ret

.globl initializeFloats
initializeFloats:
    fninit
    ret

# allowFloats(): clears CR0.TS; forbidFloats is a write of CR0.
.globl allowFloats
allowFloats:
    clts
    ret
