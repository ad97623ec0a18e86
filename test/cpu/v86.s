# Virtual-8086 mode: what traps to the monitor with and without IOPL 3, segments that are just numbers, and the frame that an
# exception leaves. Source: SDM volume 3, chapter 20.

        .include "system.inc"

        .set    VM, 0x20000
        .set    IOPL3, 0x3000
        .set    V86_CODE, 0x10000               # linear; the program is copied here
        .set    V86_SEGMENT, 0x1000
        .set    V86_STACK, 0x2000
        .set    V86_DATA, 0x3000

        .text
test:
        movl    $0x37700, flags_shown           # VM RF NT IOPL DF IF TF; RF hidden below
        andl    $~0x10000, flags_shown
        movl    $program, %esi
        movl    $V86_CODE, %edi
        movl    $program_end - program, %ecx
        cld
        rep movsb
        movl    $0x34333231, V86_DATA << 4
        movl    $0x4a42b38, (V86_DATA << 4) + 0xfffc

        .macro  virtual text, code, flags=0, sp=0x1000
        call    say
        .asciz  "\text: "
        movl    %esp, saved_stack
        movl    %esp, tss + 4
        movl    $7f, resume
        movl    $\code - program, attempt
        pushl   $0x4444                         # GS FS DS ES
        pushl   $0x3333
        pushl   $V86_DATA
        pushl   $V86_DATA
        pushl   $V86_STACK
        pushl   $\sp
        pushl   $VM|2|\flags
        pushl   $V86_SEGMENT
        pushl   $\code - program
        iretl
7:
        .endm
        call    say
        .asciz  "iopl 0\n"
        .irp    code, nothing, cli, sti, pushf, popf, int40, int3, into, iret, hlt, in, cr0, lgdt, arpl, lar, sldt, lldt, lmsw, smsw, clts
        virtual "\code", v_\code
        .endr
        call    say
        .asciz  "iopl 3\n"
        movl    $0x40, %edx                     # a gate for everyone, so that it can be reached
        movl    $CODE0, %ebx
        movl    $stubs + 0x400, %eax
        movl    $0xee00, %ecx
        call    set_gate
        .irp    code, nothing, cli, sti, pushf, popf, int40, int41, int3, into, iret, hlt, in, cr0
        virtual "\code", v_\code, IOPL3
        .endr
        call    say
        .asciz  "segments\n"
        .irp    code, load_ds, load_ss, read_top, read_over, write_over, far_jump, far_call, lds
        virtual "\code", v_\code
        .endr
        virtual "push at 2", v_push, 0, 2
        virtual "push at 0", v_push, 0, 0
        virtual "push at 1", v_push, 0, 1
        virtual "pushl at 2", v_pushl, 0, 2
        virtual "pop at fffe", v_pop, 0, 0xfffe
        virtual "pop at ffff", v_pop, 0, 0xffff
        virtual "32-bit address beyond 64 KB", v_address32
        call    say
        .asciz  "back to protected mode and in again\n"
        virtual "iret in v86 keeps vm and iopl", v_iret_flags, IOPL3
        ret

        # What runs in virtual-8086 mode. INT3 may be forbidden there, so a piece ends in UD2, which never is.
        .code16
program:
        .skip   32, 0x90
v_nothing:
        ud2
v_cli:  cli
        ud2
v_sti:  sti
        ud2
v_pushf:
        pushf
        popw    %ax
        ud2
v_popf: pushw   $0x3702 & ~0x100
        popf
        ud2
v_int40:
        int     $0x40
        ud2
v_int41:
        int     $0x41
        ud2
v_int3: int3
        ud2
v_into: movb    $0x7f, %al
        incb    %al
        into
        ud2
v_iret: pushw   $0x0202
        pushw   $V86_SEGMENT
        pushw   $v_nothing - program
        iretw
v_iret_flags:
        pushw   $0x0002
        pushw   $V86_SEGMENT
        pushw   $v_nothing - program
        iretw
v_hlt:  hlt
        ud2
v_in:   inb     $0x80, %al
        ud2
v_cr0:  movl    %cr0, %eax
        ud2
v_lgdt: lgdtw   0
        ud2
v_arpl: arpl    %ax, %bx
        ud2
v_lar:  larw    %ax, %bx
        ud2
v_sldt: sldtw   %ax
        ud2
v_lldt: lldt    %ax
        ud2
v_lmsw: lmsw    %ax
        ud2
v_smsw: smsww   %ax
        ud2
v_clts: clts
        ud2
v_load_ds:
        movw    $0xffff, %ax
        movw    %ax, %ds
        ud2
v_load_ss:
        movw    $0, %ax
        movw    %ax, %ss
        ud2
v_read_top:
        movw    0xfffe, %ax
        ud2
v_read_over:
        movw    0xffff, %ax
        ud2
v_write_over:
        movl    %eax, 0xfffd
        ud2
v_far_jump:
        ljmpw   $V86_SEGMENT + 1, $v_nothing - program - 16
v_far_call:
        lcallw  $V86_SEGMENT - 1, $v_nothing - program + 16
v_lds:  ldsw    0, %ax
        ud2
v_push: pushw   %ax
        ud2
v_pushl:
        pushl   %eax
        ud2
v_pop:  popw    %ax
        ud2
v_address32:
        movl    $0x10000, %ebx
        movw    (%ebx), %ax
        ud2
program_end:
        .code32
