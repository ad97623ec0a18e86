# The first instructions of every interrupt and exception: they make the stack look the same for all 48 vectors (an
# InterruptFrame, platform/pc/interruptFrame.ts), and call the exported `interrupt(frame)` of kernel/trap.ts.
# Source: Intel SDM volume 3, section 6.12 (what the CPU pushes) and table 6-1 (which exceptions push an error code).

.text

vector0:                                # divide error
    pushl $0
    pushl $0
    jmp common
vector1:                                # debug
    pushl $0
    pushl $1
    jmp common
vector2:                                # non-maskable interrupt
    pushl $0
    pushl $2
    jmp common
vector3:                                # breakpoint
    pushl $0
    pushl $3
    jmp common
vector4:                                # overflow
    pushl $0
    pushl $4
    jmp common
vector5:                                # bound range exceeded
    pushl $0
    pushl $5
    jmp common
vector6:                                # invalid opcode
    pushl $0
    pushl $6
    jmp common
vector7:                                # device not available
    pushl $0
    pushl $7
    jmp common
vector8:                                # double fault (only if the task gate is not used)
    pushl $8
    jmp common
vector9:                                # coprocessor segment overrun
    pushl $0
    pushl $9
    jmp common
vector10:                               # invalid TSS
    pushl $10
    jmp common
vector11:                               # segment not present
    pushl $11
    jmp common
vector12:                               # stack fault
    pushl $12
    jmp common
vector13:                               # general protection
    pushl $13
    jmp common
vector14:                               # page fault
    pushl $14
    jmp common
vector15:                               # reserved
    pushl $0
    pushl $15
    jmp common
vector16:                               # x87 error
    pushl $0
    pushl $16
    jmp common
vector17:                               # alignment check
    pushl $17
    jmp common
vector18:                               # machine check
    pushl $0
    pushl $18
    jmp common
vector19:                               # SIMD error
    pushl $0
    pushl $19
    jmp common
vector20:                               # virtualization
    pushl $0
    pushl $20
    jmp common
vector21:                               # control protection
    pushl $21
    jmp common
vector22:                               # reserved
    pushl $0
    pushl $22
    jmp common
vector23:                               # reserved
    pushl $0
    pushl $23
    jmp common
vector24:                               # reserved
    pushl $0
    pushl $24
    jmp common
vector25:                               # reserved
    pushl $0
    pushl $25
    jmp common
vector26:                               # reserved
    pushl $0
    pushl $26
    jmp common
vector27:                               # reserved
    pushl $0
    pushl $27
    jmp common
vector28:                               # reserved
    pushl $0
    pushl $28
    jmp common
vector29:                               # reserved
    pushl $29
    jmp common
vector30:                               # reserved
    pushl $30
    jmp common
vector31:                               # reserved
    pushl $0
    pushl $31
    jmp common
vector32:                               # IRQ 0
    pushl $0
    pushl $32
    jmp common
vector33:                               # IRQ 1
    pushl $0
    pushl $33
    jmp common
vector34:                               # IRQ 2
    pushl $0
    pushl $34
    jmp common
vector35:                               # IRQ 3
    pushl $0
    pushl $35
    jmp common
vector36:                               # IRQ 4
    pushl $0
    pushl $36
    jmp common
vector37:                               # IRQ 5
    pushl $0
    pushl $37
    jmp common
vector38:                               # IRQ 6
    pushl $0
    pushl $38
    jmp common
vector39:                               # IRQ 7
    pushl $0
    pushl $39
    jmp common
vector40:                               # IRQ 8
    pushl $0
    pushl $40
    jmp common
vector41:                               # IRQ 9
    pushl $0
    pushl $41
    jmp common
vector42:                               # IRQ 10
    pushl $0
    pushl $42
    jmp common
vector43:                               # IRQ 11
    pushl $0
    pushl $43
    jmp common
vector44:                               # IRQ 12
    pushl $0
    pushl $44
    jmp common
vector45:                               # IRQ 13
    pushl $0
    pushl $45
    jmp common
vector46:                               # IRQ 14
    pushl $0
    pushl $46
    jmp common
vector47:                               # IRQ 15
    pushl $0
    pushl $47
    jmp common

common:
    pushal
    pushl %ds
    pushl %es
    pushl %fs
    pushl %gs
    movl $0x10, %eax                    # the kernel's data segment: the interrupted code may have had its own
    movl %eax, %ds
    movl %eax, %es
    cld
    pushl %esp                          # the argument: the InterruptFrame
    call interrupt
    addl $4, %esp
    popl %gs
    popl %fs
    popl %es
    popl %ds
    popal
    addl $8, %esp                       # vector and error code
    iret

# The double-fault task (vector 8 is a task gate): a stack overflow leaves no stack to push an exception on, so the CPU
# switches to this task, which has its own. The error code, always 0, lies on the new stack.
doubleFaultStart:
    xorl %ebp, %ebp
    call doubleFault                    # kernel/trap.ts; does not return
1:
    hlt
    jmp 1b

.globl doubleFaultStartAddress
doubleFaultStartAddress:
    movl $doubleFaultStart, %eax
    ret

.globl interruptStubsAddress
interruptStubsAddress:
    movl $interruptStubs, %eax
    ret

.section .rodata
.align 4
interruptStubs:
    .long vector0
    .long vector1
    .long vector2
    .long vector3
    .long vector4
    .long vector5
    .long vector6
    .long vector7
    .long vector8
    .long vector9
    .long vector10
    .long vector11
    .long vector12
    .long vector13
    .long vector14
    .long vector15
    .long vector16
    .long vector17
    .long vector18
    .long vector19
    .long vector20
    .long vector21
    .long vector22
    .long vector23
    .long vector24
    .long vector25
    .long vector26
    .long vector27
    .long vector28
    .long vector29
    .long vector30
    .long vector31
    .long vector32
    .long vector33
    .long vector34
    .long vector35
    .long vector36
    .long vector37
    .long vector38
    .long vector39
    .long vector40
    .long vector41
    .long vector42
    .long vector43
    .long vector44
    .long vector45
    .long vector46
    .long vector47
