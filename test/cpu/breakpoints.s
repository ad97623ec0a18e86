# Breakpoints: on instructions, data and ports, and what holds them up. Source: SDM volume 3, 17.2 and 17.3.

        .include "system.inc"

        .set    TF, 0x100
        .set    IF, 0x200
        .set    RF, 0x10000
        .set    DE, 8
        .set    GD, 0x2000
        .set    PORT, 0x80
# DR7: an enabled breakpoint on bytes at DRn, for execution, writing, ports, reading and writing.
        .set    L0, 1
        .set    L1, 4
        .set    G1, 8
        .set    L2, 0x10
        .set    L3, 0x40
        .set    WRITE0, 0x10000
        .set    PORT0, 0x20000
        .set    ACCESS0, 0x30000
        .set    WORD0, 0x40000
        .set    LONG0, 0xc0000

        .text
test:
        movl    $TF | RF, flags_shown
        .macro  watch text, address, control, instruction:vararg
        movl    $\address, %eax
        movl    %eax, %dr0
        xorl    %eax, %eax
        movl    %eax, %dr6
        movl    $\control, %eax
        movl    %eax, %dr7
        movl    $buffer, %edi
        movl    $8, %ecx
        xorl    %eax, %eax
        try     "\text", \instruction
        call    report
        .endm

        call    say
        .asciz  "instructions\n"
        watch   "one", target, L0, call target
        watch   "behind it", target, L0, call before
        watch   "none enabled", target, 0, call target
        watch   "a global one", target, 2, call target
        movl    $target, %eax
        movl    %eax, %dr1
        movl    %eax, %dr2
        watch   "three at once, one of them enabled", target, L2, call target
        watch   "with RF it passes", target, L0, call passing
        watch   "RF is for one instruction", target, L0, call passing_before
        watch   "it is there when that faults", ud, L0, call passing_ud
        watch   "after mov ss", after_ss, L0, call load_ss
        watch   "two after mov ss", after_ss2, L0, call load_ss
        watch   "a repeated one, once", repeated, L0, call passing_repeated
        watch   "in the middle of an instruction", inside + 1, L0, call inside
        xorl    %eax, %eax
        movl    %eax, %dr1
        movl    %eax, %dr2

        call    say
        .asciz  "data\n"
        watch   "write a byte", buffer, L0 | WRITE0, movb %al, (%edi)
        watch   "beside it", buffer, L0 | WRITE0, movb %al, 1(%edi)
        watch   "a long over it", buffer + 3, L0 | WRITE0, movl %eax, (%edi)
        watch   "a long beside it", buffer + 4, L0 | WRITE0, movl %eax, (%edi)
        watch   "a word", buffer + 2, L0 | WRITE0 | WORD0, movb %al, 3(%edi)
        watch   "a word is aligned", buffer + 3, L0 | WRITE0 | WORD0, movb %al, 2(%edi)
        watch   "a long is aligned", buffer + 3, L0 | WRITE0 | LONG0, movb %al, (%edi)
        watch   "a read is no write", buffer, L0 | WRITE0, movb (%edi), %al
        watch   "a read", buffer, L0 | ACCESS0, movb (%edi), %al
        watch   "a write when both are watched", buffer, L0 | ACCESS0, movb %al, (%edi)
        watch   "read and write", buffer, L0 | WRITE0, incl (%edi)
        watch   "a comparison", buffer, L0 | ACCESS0, cmpl %eax, (%edi)
        watch   "push", buffer, L0 | WRITE0 | LONG0, call pusher
        watch   "xchg", buffer, L0 | WRITE0, xchgl %eax, (%edi)
        watch   "across a page", page + 4096, L0 | WRITE0, movl %eax, page + 4094
        watch   "rep stosb stops behind it", buffer + 2, L0 | WRITE0, rep stosb
        show    "ecx", %ecx
        watch   "rep stosl", buffer + 8, L0 | WRITE0 | LONG0, rep stosl
        show    "ecx", %ecx
        watch   "rep movsb", buffer + 3, L0 | ACCESS0, call mover
        show    "ecx", %ecx
        movl    $buffer, %eax
        movl    %eax, %dr1
        watch   "two, one not enabled", buffer, L0 | WRITE0 | WRITE0 << 4, movb %al, (%edi)
        watch   "two of two kinds", buffer, L0 | WRITE0 | G1 | ACCESS0 << 4, movb (%edi), %al
        watch   "mov ss from it", selector, L0 | ACCESS0, call ss_watched
        movl    $TF | 2, flags_before
        watch   "and single step", buffer, L0 | WRITE0, movb %al, (%edi)
        movl    $2, flags_before

        call    say
        .asciz  "ports\n"
        watch   "without DE", PORT, L0 | PORT0, inb $PORT, %al
        movl    $DE, %eax
        movl    %eax, %cr4
        watch   "in", PORT, L0 | PORT0, inb $PORT, %al
        watch   "out", PORT, L0 | PORT0, outb %al, $PORT
        watch   "another", PORT, L0 | PORT0, inb $PORT + 1, %al
        watch   "a word at the one before", PORT + 1, L0 | PORT0, inw $PORT, %ax
        watch   "a word of ports", PORT, L0 | PORT0 | WORD0, inb $PORT + 1, %al

        call    say
        .asciz  "registers\n"
        watch   "dr4 with DE", 0, 0, movl %dr4, %eax
        xorl    %eax, %eax
        movl    %eax, %cr4
        watch   "dr4 is dr6", 0, 0, movl %dr4, %ecx
        show    "dr4", %ecx
        watch   "dr5 is dr7", 0, 0xffffdfff & ~0xff, movl %dr5, %ecx
        show    "dr5", %ecx
        watch   "general detect", 0, GD, movl %dr0, %eax
        watch   "and writing", 0, GD, movl %eax, %dr6
        watch   "only of debug registers", 0, GD, movl %cr0, %eax
        xorl    %eax, %eax
        movl    %eax, %dr7

        call    say
        .asciz  "held up\n"
        movl    $TF | 2, flags_before
        watch   "single step after sti", 0, 0, sti
        cli
        watch   "lss holds up nothing", 0, 0, lss stack_pointer, %esp
        movl    $2, flags_before
        watch   "mov ss twice", 0, 0, call load_ss_twice
        ret

# DR6, and whether DR7.GD is still set.
report:
        pushl   %eax
        pushl   %ecx
        movl    %dr7, %eax                      # if GD is set, this traps
        xorl    %eax, %eax
        movl    %eax, %dr7
        movl    %dr6, %eax
        andl    $0xe00f, %eax
        show    "dr6", %eax
        popl    %ecx
        popl    %eax
        ret

before: nop
target: nop
        ret
ud:     ud2
load_ss:
        movl    $DATA0, %eax
        movl    %eax, %ss
after_ss:
        nop
after_ss2:
        nop
        ret
load_ss_twice:
        movl    %ss, %eax
        pushl   $TF | 2
        popfl
        movl    %eax, %ss
        movl    %eax, %ss
        nop
        nop
        ret
repeated:
        rep stosb
        ret
inside: movl    $0x90909090, %eax
        ret
pusher: movl    $buffer + 4, %esp
        pushl   %eax
        nop
        ret
mover:  movl    $buffer, %esi
        movl    $buffer + 32, %edi
        rep movsb
        nop
        ret
ss_watched:
        movw    selector, %ss
        nop
        nop
        ret

# Goes on with EIP and EFLAGS as they stand behind the call.
with_flags:
        popl    %eax
        pushl   4(%eax)
        pushl   %cs
        pushl   (%eax)
        iretl
passing:
        call    with_flags
        .long   target, RF | 2
passing_before:
        call    with_flags
        .long   before, RF | 2
passing_ud:
        call    with_flags
        .long   ud, RF | 2
passing_repeated:
        call    with_flags
        .long   repeated, RF | 2

        .data
        .balign 4
selector:
        .long   DATA0
stack_pointer:
        .long   stack_top - 256, DATA0

        .bss
        .balign 4096
page:   .skip   8192
buffer: .skip   64
