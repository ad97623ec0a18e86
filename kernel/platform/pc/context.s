# What threads need of the processor: switching from one stack to another, the first instructions of a new thread, and
# loading the segment registers. Calling convention: cdecl (EBX, ESI, EDI and EBP belong to the caller).

.text

# switchContext(save, stackPointer): the whole state of a thread that isn't running is its stack, so to switch is to
# push what the caller expects to keep, exchange ESP, and pop. The other thread did the same when it was switched from.
.globl switchContext
switchContext:
    movl 4(%esp), %eax                  # where to store this thread's ESP
    movl 8(%esp), %edx                  # the other thread's ESP
    pushl %ebp
    pushl %ebx
    pushl %esi
    pushl %edi
    movl %esp, (%eax)
    movl %edx, %esp
    popl %edi
    popl %esi
    popl %ebx
    popl %ebp
    ret

# A new thread's stack looks as if it had called switchContext from here, with EBP 0.
threadStart:
    call threadMain                     # kernel/thread/thread.ts; does not return
    ud2

.globl threadStartAddress
threadStartAddress:
    movl $threadStart, %eax
    ret

# reloadSegments(code, data): after lgdt, makes the segment registers read the new table.
.globl reloadSegments
reloadSegments:
    movl 4(%esp), %edx
    movl 8(%esp), %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %fs
    movl %eax, %gs
    movl %eax, %ss
    popl %eax                           # the return address becomes a far one: CS below EIP's place
    pushl %edx
    pushl %eax
    lret
