# The virtual interrupt flag: virtual-8086 mode with CR4.VME, the redirection of INT n, and ring 3 with CR4.PVI.
# Source: SDM volume 3, 20.3 and 20.4.

        .include "system.inc"

        .set    TF, 0x100
        .set    IF, 0x200
        .set    IOPL3, 0x3000
        .set    NT, 0x4000
        .set    VM, 0x20000
        .set    VIF, 0x80000
        .set    VIP, 0x100000
        .set    VME, 1
        .set    PVI, 2
        .set    V86_CODE, 0x10000               # linear; the program is copied here
        .set    V86_SEGMENT, 0x1000
        .set    V86_STACK, 0x2000
        .set    MAP, 136                        # the I/O bit map; the redirection map lies below

        .text
test:
        movl    $0x1a7300, flags_shown          # VIP VIF VM NT IOPL IF TF
        movl    $program, %esi
        movl    $V86_CODE, %edi
        movl    $program_end - program, %ecx
        cld
        rep movsb
        movl    $DATA0, task + 8
        movw    $MAP, task + 102
        movb    $0x01, task + MAP - 32 + 0x40 / 8       # 40h goes to the monitor, the others do not
        movl    $V86_SEGMENT << 16 | (v_handler - program), 0x42 * 4
        movl    $V86_SEGMENT << 16 | (v_handler - program), 0xff * 4
        segment FREE, task, MAP, 0x89
        movl    $FREE, %eax
        ltr     %ax
        movl    $0x40, %edx                     # gates for everyone
        movl    $CODE0, %ebx
        movl    $stubs + 0x400, %eax
        movl    $0xee00, %ecx
        call    set_gate

        .macro  virtual code, flags
        call    say
        .asciz  "\code: "
        movl    %esp, saved_stack
        movl    %esp, task + 4
        movl    $7f, resume
        movl    $v_\code - program, attempt
        xorl    %eax, %eax
        pushl   %eax                            # GS FS DS ES
        pushl   %eax
        pushl   %eax
        pushl   %eax
        pushl   $V86_STACK
        pushl   $0x1000
        pushl   $VM|2|\flags
        pushl   $V86_SEGMENT
        pushl   $v_\code - program
        iretl
7:      show    "ax", %eax
        .endm

        .macro  pieces text, flags
        call    say
        .asciz  "\text\n"
        .irp    code, cli, sti, pushf, pushfd, popf_if, popf, popf_tf, popf_iopl, popfd, int40, int42, intff, int3, into, iret_if, iret, iret_tf, iretd, hlt
        virtual \code, \flags
        .endr
        .endm

        pieces  "without vme", VIF
        movl    $VME, %eax
        movl    %eax, %cr4
        pieces  "with vme", 0
        pieces  "with vme, vif", VIF
        pieces  "with vme, vif and vip", VIF | VIP
        pieces  "with vme, vip and nt", VIP | NT
        pieces  "with vme, iopl 3", IOPL3
        pieces  "with vme, iopl 3, vif, vip and if", IOPL3 | VIF | VIP | IF

        call    say
        .asciz  "redirection map beyond the limit\n"
        segment FREE, task, 103, 0x89
        movl    $FREE, %eax
        ltr     %ax
        virtual int42, 0
        virtual int42, IOPL3
        segment FREE, task, MAP - 25, 0x89
        movl    $FREE, %eax
        ltr     %ax
        virtual int40, 0
        virtual int42, 0
        virtual intff, 0
        segment FREE, task, MAP, 0x89
        movl    $FREE, %eax
        ltr     %ax

        .macro  ring3 code, flags
        call    say
        .asciz  "\code: "
        movl    %esp, saved_stack
        movl    %esp, task + 4
        movl    $7f, resume
        movl    $p_\code, attempt
        pushl   $DATA3
        pushl   $stack3_top
        pushl   $2|\flags
        pushl   $CODE3
        pushl   $p_\code
        iretl
7:      show    "eax", %eax
        .endm

        .macro  protected text, flags
        call    say
        .asciz  "\text\n"
        .irp    code, cli, sti, pushf, popf, in
        ring3   \code, \flags
        .endr
        .endm
        protected "ring 3 with vme alone", VIF
        movl    $PVI, %eax
        movl    %eax, %cr4
        protected "ring 3 with pvi", VIF
        protected "ring 3 with pvi and vip", VIP
        protected "ring 3 with pvi at iopl 3", IOPL3 | VIF | VIP
        xorl    %eax, %eax
        movl    %eax, %cr4
        movl    $TSS, %eax
        andb    $~2, gdt + TSS + 5
        ltr     %ax
        ret

p_cli:  cli
        ud2
p_sti:  sti
        ud2
p_pushf:
        pushfl
        popl    %eax
        ud2
p_popf: pushl   $IF | VIF | VIP | 2
        popfl
        ud2
p_in:   inb     $0x80, %al
        ud2

        # A piece ends in UD2.
        .code16
program:
        .skip   32, 0x90
v_cli:  cli
        ud2
v_sti:  sti
        ud2
v_pushf:
        pushf
        popw    %ax
        ud2
v_pushfd:
        pushfl
        popl    %eax
        ud2
v_popf_if:
        pushw   $IF | 2
        popf
        ud2
v_popf: pushw   $NT | 2
        popf
        ud2
v_popf_tf:
        pushw   $TF | 2
        popf
        ud2
v_popf_iopl:
        pushw   $0x1002
        popf
        ud2
v_popfd:
        pushl   $2
        popfl
        ud2
v_int40:
        int     $0x40
        ud2
v_int42:
        int     $0x42
        ud2
v_intff:
        int     $0xff
        ud2
v_handler:
        popw    %bx
        popw    %cx
        popw    %ax
        ud2
v_int3: int3
        ud2
v_into: movb    $0x7f, %al
        incb    %al
        into
        ud2
v_iret_if:
        pushw   $IF | 2
        pushw   $V86_SEGMENT
        pushw   $v_nothing - program
        iretw
v_iret: pushw   $0x1002
        pushw   $V86_SEGMENT
        pushw   $v_nothing - program
        iretw
v_iret_tf:
        pushw   $TF | 2
        pushw   $V86_SEGMENT
        pushw   $v_nothing - program
        iretw
v_iretd:
        pushl   $2
        pushl   $V86_SEGMENT
        pushl   $v_nothing - program
        iretl
v_hlt:  hlt
        ud2
v_nothing:
        ud2
program_end:
        .code32

        .bss
        .balign 16
task:   .skip   MAP + 1
