# SYSENTER, SYSEXIT and their registers, and other model-specific registers that there are not. Source: SDM volume 2, SYSENTER, SYSEXIT.

        .include "system.inc"

        .set    IF, 0x200
        .set    TF, 0x100
        .set    VM, 0x20000
        .set    V86_SEGMENT, 0x1000

        .text
test:
        movl    $0x27300, flags_shown
        .macro  write msr, value, high=0
        movl    $\msr, %ecx
        movl    $\value, %eax
        movl    $\high, %edx
        wrmsr
        .endm
        .macro  read text, msr
        movl    $\msr, %ecx
        movl    $0x11111111, %eax
        movl    $0x22222222, %edx
        rdmsr
        show    "\text", %eax
        show    "and above", %edx
        .endm
        call    say
        .asciz  "registers\n"
        write   0x174, 0x1234fffb
        write   0x175, 0x89abcdef
        write   0x176, 0xfedcba98
        read    "esp", 0x175
        read    "eip", 0x176
        write   0x174, 8
        read    "cs", 0x174
        .macro  ring3 text, code, flags=0
        call    say
        .asciz  "\text: "
        movl    %esp, saved_stack
        movl    %esp, tss + 4
        movl    $7f, resume
        movl    $\code, attempt
        pushl   $DATA3
        pushl   $stack3_top
        pushl   $2|\flags
        pushl   $CODE3
        pushl   $\code
        iretl
7:
        .endm

        call    say
        .asciz  "in and out\n"
        write   0x175, stack0_top
        write   0x176, inside
        ring3   "with interrupts off", enter
        ring3   "with interrupts on", enter, IF
        write   0x174, 0xb
        ring3   "rpl in the selector", enter
        write   0x174, 0x1000008
        ring3   "more bits in the selector", enter
        write   0x176, step_inside
        ring3   "in single step", enter, TF
        write   0x176, inside
        try     "sysenter in ring 0", sysenter

        call    say
        .asciz  "from virtual-8086 mode\n"
        movl    $0x340f, V86_SEGMENT * 16
        call    say
        .asciz  "sysenter: "
        movl    %esp, saved_stack
        movl    %esp, tss + 4
        movl    $7f, resume
        movl    $0, attempt
        xorl    %eax, %eax
        pushl   %eax
        pushl   %eax
        pushl   %eax
        pushl   %eax
        pushl   $0x2000
        pushl   $0x1000
        pushl   $VM | 2
        pushl   $V86_SEGMENT
        pushl   $0
        iretl
7:
        call    say
        .asciz  "what can't be\n"
        ring3   "sysexit in ring 3", p_sysexit
        ring3   "rdmsr in ring 3", p_rdmsr
        ring3   "wrmsr in ring 3", p_wrmsr
        ring3   "rdpmc in ring 3", p_rdpmc
        write   0x174, 0
        ring3   "sysenter with null", enter
        try     "sysexit with null", sysexit
        write   0x174, 3
        ring3   "sysenter with 3", enter
        try     "sysexit with 3", sysexit
        ret

enter:  movl    $0xaaaa, %esi
        sysenter
        int3                                    # not here

inside: cld
        pushfl
        popl    %edi
        movl    $DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        call    say
        .asciz  "\n"
        movl    %cs, %eax
        show    "cs", %eax
        movl    %ss, %eax
        show    "ss", %eax
        movl    %esp, %ebp
        subl    $stack0_top, %ebp
        show    "esp from its place", %ebp
        andl    flags_shown, %edi
        show    "flags", %edi
        show    "esi", %esi
        movl    $outside, %edx
        movl    $stack3_top - 16, %ecx
        movl    $outside, attempt
        sysexit
outside:
        int3

step_inside:
        jmp     inside

p_sysexit:
        sysexit
        int3
p_rdmsr:
        movl    $0x174, %ecx
        rdmsr
        int3
p_wrmsr:
        movl    $0x174, %ecx
        wrmsr
        int3
p_rdpmc:
        xorl    %ecx, %ecx
        rdpmc
        int3
