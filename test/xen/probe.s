# A Xen guest that asks its hypervisor about the interface and prints the answers, a line each: what it finds at its start, what
# hypercalls give back, what exceptions look like. It runs on two-level and on three-level page tables, because it only makes
# entries by update_va_mapping. `probe.expected` is what a real Xen answered; README.md says how that was recorded.

        .macro  note type, kind, value:vararg
        .long   4, 2f - 1f, \type
        .asciz  "Xen"
1:      \kind   \value
2:      .balign 4
        .endm

        .section .note.Xen, "", @note
        note    2, .long, hypercall_page
        note    3, .long, 0
        note    5, .asciz, "xen-3.0"
        note    6, .asciz, "probe"
        note    8, .asciz, "generic"
        note    9, .asciz, "bimodal"

# ask NAME, NUMBER, arguments: a hypercall, and its result.
        .macro  ask name, number, a=$0, b=$0, c=$0, d=$0
        movl    \d, %esi
        movl    \c, %edx
        movl    \b, %ecx
        movl    \a, %ebx
        movl    $\number, %eax
        int     $0x82
        tell    "\name", %eax
        .endm

# tell NAME, value
        .macro  tell name, value
        pushl   \value
        pushl   $8f
        call    line
        addl    $8, %esp
        jmp     9f
8:      .asciz  "\name"
9:
        .endm

# trap NAME, instruction: which exception it raises (0xffff: none), error code, and the frame's CS, EFLAGS.IF and place.
        .macro  trap name, instruction:vararg
        movl    $7f, resume
        movl    $0xffff, vector
6:      \instruction
7:      subl    $6b, frame
        call    told
        .asciz  "\name"
        .endm

        .text
        .globl  _start
_start: cld
        movl    %esi, startInfo
        movl    %esp, initialStack
        xorl    %eax, %eax
        movw    %cs, %ax
        tell    "CS at the start", %eax
        movw    %ds, %ax
        tell    "DS", %eax
        movw    %es, %ax
        tell    "ES", %eax
        movw    %fs, %ax
        tell    "FS", %eax
        movw    %gs, %ax
        tell    "GS", %eax
        movw    %ss, %ax
        tell    "SS", %eax
        pushf
        popl    %eax
        andl    $0x3f6ff, %eax
        tell    "EFLAGS without the undefined ones", %eax
        movl    initialStack, %eax
        andl    $0xfff, %eax
        tell    "ESP, in its page", %eax
        movl    startInfo, %ebp
        tell    "magic", (%ebp)
        tell    "magic, second word", 4(%ebp)
        tell    "magic, third word", 8(%ebp)
        movl    68(%ebp), %eax
        movl    startInfo, %ecx
        shrl    $12, %ecx
        movl    (%eax,%ecx,4), %ecx             # the frame of start_info's page
        movl    %ecx, %edx
        call    fromMachine                     # asked from the machine-to-physical table
        movl    startInfo, %ecx
        shrl    $12, %ecx
        subl    %ecx, %eax
        tell    "start_info's page by frame list and machine-to-physical table, difference", %eax

        # Versions and texts.
        ask     "xen_version: page size", 17, $7
        ask     "xen_version: no such thing", 17, $99
        ask     "xen_version: capabilities to nowhere", 17, $3, $0x3f000000
        ask     "xen_version: features, submap 77", 17, $6, $submap
        tell    "its bits", submap + 4
        ask     "no such hypercall: 11", 11
        ask     "no such hypercall: 47", 47
        ask     "no such hypercall: 200", 200
        ask     "no such hypercall: 2^31", 0x80000000
        ask     "console_io: nothing to write", 18, $0, $0, $buffer
        ask     "console_io: from nowhere", 18, $0, $4, $0x3f000000
        ask     "console_io: no such command", 18, $7, $4, $buffer

        # Traps.
        ask     "set_trap_table: none", 0, $0
        ask     "set_trap_table: from nowhere", 0, $0x3f000000
        ask     "set_trap_table: a segment of ring 0", 0, $wrongTable
        ask     "set_trap_table", 0, $table
        trap    "divide by zero", divl zero
        trap    "int3", int3
        trap    "UD2", ud2
        trap    "INT 80h, open to ring 3", int $0x80
        movl    $0x3f000123, %ebx
        trap    "a read from nowhere", movl (%ebx), %eax
        movl    %cr2, %eax
        tell    "CR2", %eax
        movl    $0x3f000123, %ebx
        trap    "a write to nowhere", movl %eax, 4(%ebx)
        movl    $0x3f000123, %ebx
        trap    "a jump to nowhere", jmp *%ebx
        movl    startInfo, %ebx
        movl    60(%ebx), %ebx
        trap    "a write to the page directory, which can be read", movl %eax, (%ebx)
        movl    $0xe008, %eax
        trap    "a segment of ring 0", movw %ax, %fs
        movl    $0x0008, %eax
        trap    "a segment that is not there", movw %ax, %fs
        movl    $0x0007, %eax
        trap    "a segment of no LDT", movw %ax, %fs
        trap    "HLT", hlt
        trap    "LGDT", lgdt zero
        trap    "LTR", ltr %ax
        trap    "CLTS", clts
        trap    "MOV from CR0", movl %cr0, %eax
        movl    %cr0, %eax
        andl    $0x80010001, %eax
        tell    "PG WP PE", %eax
        movl    %cr0, %eax
        orl     $8, %eax
        trap    "MOV to CR0: TS", movl %eax, %cr0
        trap    "then a floating-point instruction", fnop
        trap    "and once more", fnop
        ask     "fpu_taskswitch: set", 5, $1
        trap    "then a floating-point instruction, again", fnop
        ask     "fpu_taskswitch: clear", 5, $0
        trap    "and none", fnop
        trap    "CPUID with Xen's prefix", .byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2
        movl    $0x40000000, %eax
        ud2
        .ascii  "xen"
        cpuid
        tell    "Xen's leaf: EBX", %ebx
        tell    "ECX", %ecx
        tell    "EDX", %edx

        # The shared info page.
        movl    startInfo, %ebp
        movl    36(%ebp), %edi
        orl     $3, %edi
        ask     "update_va_mapping: shared info", 14, $SHARED, %edi, $0, $2
        movzbl  SHARED + 1, %eax
        tell    "upcall mask at the start", %eax
        ask     "update_va_mapping: an address of the hypervisor", 14, $0xfc000000, %edi, $0, $2
        movl    60(%ebp), %eax
        shrl    $12, %eax
        movl    68(%ebp), %ecx
        movl    (%ecx,%eax,4), %edi
        shll    $12, %edi
        orl     $3, %edi
        ask     "update_va_mapping: a page table to be written", 14, $SPARE, %edi, $0, $2
        subl    $2, %edi
        ask     "update_va_mapping: a page table to be read", 14, $SPARE, %edi, $0, $2
        ask     "update_va_mapping: nothing", 14, $SPARE, $0, $0, $2
        trap    "then it is gone", movl SPARE, %eax

        # Lists of updates.
        ask     "mmu_update: none", 1, $list, $0, $done, $0x7ff0
        ask     "mmu_update: from nowhere", 1, $0x3f000000, $1, $done, $0x7ff0
        tell    "done", done
        ask     "mmu_update: no such command", 1, $list, $1, $done, $0x7ff0
        ask     "mmuext_op: none", 26, $list, $0, $done, $0x7ff0
        ask     "mmuext_op: no such command", 26, $extended, $1, $done, $0x7ff0
        ask     "mmuext_op: flush", 26, $flush, $1, $done, $0x7ff0
        tell    "done, flush", done
        ask     "set_gdt: too many entries", 2, $list, $9000
        ask     "update_descriptor: not on eight bytes", 10, $4, $0, $0, $0
        ask     "vm_assist: no such command", 21, $9, $0
        ask     "vm_assist: no such type", 21, $0, $31
        ask     "vm_assist: 4 GB segments", 21, $0, $0

        # Waiting and events.
        ask     "sched_op: yield", 29, $0
        ask     "sched_op: no such command", 29, $77
        ask     "sched_op_compat: yield", 6, $0
        ask     "sched_op_compat: no such command", 6, $77
        ask     "sched_op: shutdown, reason nowhere", 29, $2, $0x3f000000
        ask     "sched_op: poll, nowhere", 29, $3, $0x3f000000
        ask     "sched_op: poll, 1000 ports", 29, $3, $pollMany
        ask     "event channels: bind the timer", 32, $1, $timer
        ask     "again", 32, $1, $timer
        movl    $24, virqOther
        ask     "a virtual interrupt that is none", 32, $1, $virqOther
        movl    $1, virqOther
        movl    $1, virqOther + 4
        ask     "on a processor that is none", 32, $1, $virqOther
        ask     "bind an IPI", 32, $7, $ipi
        movl    ipi + 4, %eax
        subl    timer + 8, %eax
        tell    "its port, from the timer's on", %eax
        ask     "close port 0", 32, $3, $zero
        ask     "send to port 0", 32, $4, $zero
        movl    $1000, port
        ask     "send to a port that is closed", 32, $4, $port
        movl    $5000, port
        ask     "send to a port that is none", 32, $4, $port
        ask     "unmask a port that is none", 32, $9, $port
        ask     "event_channel_op: no such command", 32, $99, $port
        ask     "event_channel_op: nowhere", 32, $4, $0x3f000000
        movl    ipi + 4, %eax
        movl    %eax, port
        movl    %eax, status + 4
        ask     "status of the IPI's port", 32, $5, $status
        tell    "which is", status + 8
        movl    timer + 8, %eax
        movl    %eax, status + 4
        ask     "status of the timer's port", 32, $5, $status
        tell    "which is", status + 8
        tell    "for virtual interrupt", status + 16

        ask     "set_callbacks: a segment of ring 0", 4, $0xe008, $upcall, $0xe019, $upcall
        ask     "set_callbacks", 4, $0xe019, $upcall, $0xe019, $upcall
        ask     "stack_switch: a selector without a ring", 3, $0xe020, $kernelStack
        movl    timer + 8, %eax                 # no timer from here on
        movl    %eax, portOther
        ask     "close the timer's port", 32, $3, $portOther
        movl    $0, SHARED + 4
        movb    $0, SHARED
        ask     "send to oneself, masked", 32, $4, $port
        movzbl  SHARED, %eax
        tell    "upcall pending", %eax
        tell    "pending words", SHARED + 4
        tell    "upcalls so far", upcalls
        movb    $0, SHARED + 1
        ask     "yield, unmasked", 29, $0
        tell    "upcalls so far, then", upcalls
        tell    "the frame's CS", upcallFrame + 4
        movl    upcallFrame + 8, %eax
        andl    $0x200, %eax
        tell    "the frame's EFLAGS.IF", %eax
        tell    "the mask in the handler", upcallMask
        movzbl  SHARED + 1, %eax
        tell    "the mask after its iret hypercall", %eax

        # Several at once.
        ask     "multicall", 13, $calls, $3
        tell    "first", calls + 4
        tell    "second", calls + 36
        tell    "third: a multicall", calls + 68
        ask     "vcpu_op: is 0 up", 24, $3, $0
        ask     "vcpu_op: is 9 up", 24, $3, $9
        ask     "vcpu_op: no such command", 24, $99, $0
        ask     "set_timer_op: long ago", 15, $1, $0
        ask     "set_timer_op: never", 15, $0, $0
        ask     "memory_op: no such command", 12, $61, $zero

        ask     "power off", 29, $2, $zero
        ud2

# EDX: a frame. EAX: the page that it is, by the machine-to-physical table, whose place the hypervisor says.
fromMachine:
        pushl   %edx
        movl    $17, %eax
        movl    $5, %ebx
        movl    $platform, %ecx
        int     $0x82
        popl    %edx
        movl    platform, %eax
        movl    (%eax,%edx,4), %eax
        ret

# line(name, value): "name: hexadecimal"
line:   pushal
        movl    36(%esp), %esi
        movl    $buffer, %edi
        call    copy
        movw    $0x203a, (%edi)                 # ": "
        addl    $2, %edi
        movl    40(%esp), %eax
        call    hexadecimal
        call    print
        popal
        ret

# After a trap: its name follows the call. "name: vector error-code cs if place"
told:   popl    %esi
        movl    $buffer, %edi
        call    copy
        pushl   %esi
        movb    $':', (%edi)
        incl    %edi
        movl    vector, %eax
        call    spaced
        cmpl    $0xffff, vector
        je      1f
        movl    error, %eax
        cmpl    $14, vector
        jne     2f
        andl    $~0x10, %eax                    # three levels tell an instruction fetch apart, two do not
2:      call    spaced
        movl    frame + 4, %eax
        call    spaced
        movl    frame + 8, %eax
        andl    $0x200, %eax
        call    spaced
        movl    frame, %eax
        call    spaced
1:      call    print
        ret

# EAX after a blank.
spaced: movb    $' ', (%edi)
        incl    %edi
hexadecimal:
        movl    $8, %ecx
1:      roll    $4, %eax
        movl    %eax, %edx
        andl    $15, %edx
        movb    digits(%edx), %dl
        movb    %dl, (%edi)
        incl    %edi
        loop    1b
        ret

# Copies a text without its zero; ESI is behind it then.
copy:   lodsb
        testb   %al, %al
        jz      1f
        stosb
        jmp     copy
1:      ret

print:  movb    $10, (%edi)
        incl    %edi
        movl    $18, %eax
        xorl    %ebx, %ebx
        movl    %edi, %ecx
        subl    $buffer, %ecx
        movl    $buffer, %edx
        int     $0x82
        ret

# Handlers: error code or 0, vector, then one for all, which goes on at `resume`.
        .macro  handler number, hasError=0
handler\number:
        .if     \hasError == 0
        pushl   $0
        .endif
        pushl   $\number
        jmp     caught
        .endm
        handler 0
        handler 3
        handler 6
        handler 7
        handler 10, 1
        handler 11, 1
        handler 12, 1
        handler 13, 1
        handler 14, 1
        handler 128
caught: popl    vector
        popl    error
        pushl   %eax
        movl    4(%esp), %eax
        movl    %eax, frame
        movl    8(%esp), %eax
        movl    %eax, frame + 4
        movl    12(%esp), %eax
        movl    %eax, frame + 8
        movl    resume, %eax
        movl    %eax, 4(%esp)
        popl    %eax
        iret

upcall: pushl   %eax
        incl    upcalls
        movl    4(%esp), %eax
        movl    %eax, upcallFrame
        movl    8(%esp), %eax
        movl    %eax, upcallFrame + 4
        movl    12(%esp), %eax
        movl    %eax, upcallFrame + 8
        movzbl  SHARED + 1, %eax
        movl    %eax, upcallMask
        movb    $0, SHARED
        movl    $0, SHARED + 4
        movl    $0, SHARED + 2048
        movl    $23, %eax                       # iret: EAX is on the stack
        int     $0x82

        .data
# What the handlers have seen, and what the hypercalls read and write.
digits: .ascii  "0123456789abcdef"
        .macro  entry number, ring
        .byte   \number, \ring
        .word   0xe019
        .long   handler\number
        .endm
        .balign 4
table:  entry   0, 0
        entry   3, 3
        entry   6, 0
        entry   7, 4
        entry   10, 0
        entry   11, 0
        entry   12, 0
        entry   13, 0
        entry   14, 4
        entry   128, 3
        .long   0, 0
wrongTable:
        .byte   0, 0
        .word   0xe008
        .long   handler0
        .long   0, 0
        .balign 8
list:   .long   3, 0, 0, 0
extended: .long 99, 0, 0
flush:  .long   6, 0, 0
calls:  .long   17, 0xbad, 7, 0, 0, 0, 0, 0
        .long   99, 0xbad, 0, 0, 0, 0, 0, 0
        .long   13, 0xbad, 0, 0, 0, 0, 0, 0
pollMany: .long 0, 1000, 0, 0
timer:  .long   0, 0, 0
virqOther: .long 0, 0, 0
ipi:    .long   0, 0
status: .long   0x7ff0, 0, 0, 0, 0, 0
submap: .long   77, 0xbad
zero:   .long   0, 0
done:   .long   0xbad
port:   .long   0
portOther: .long 0
startInfo: .long 0
initialStack: .long 0
platform: .long 0
resume: .long   0
vector: .long   0
error:  .long   0
frame:  .long   0, 0, 0
upcalls: .long  0
upcallFrame: .long 0, 0, 0
upcallMask: .long 0
        .skip   256
kernelStack:

        .bss
buffer: .skip   256

# Pages that a new domain has mapped, and that the probe maps anew.
        .section .pages, "aw", @nobits
        .balign 4096
hypercall_page: .skip 4096
SHARED: .skip   4096
SPARE:  .skip   4096
