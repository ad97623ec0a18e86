# Runs SIMD test cases, under Linux and on a PC alike: loads a case's image of x87, MMX and SSE with FXRSTOR, calls its instruction,
# stores the image with FXSAVE in its place. An exception ends the case, too: under Linux by a signal, on a PC through the IDT; both
# put its vector and error code into the record and go on behind the call.

        # TABLE is given to the assembler: u32 case count, u32 bytes to write to standard output at the end (0: a PC, halt), then
        .set    TABLE_RECORDS, TABLE + 0x10
        .set    RECORD_SIZE, 608
        .set    RECORD_CODE, 0                  # address of the instruction and a RET
        .set    RECORD_EFLAGS, 4
        .set    RECORD_EAX, 8
        .set    RECORD_ECX, 12
        .set    RECORD_EDX, 16
        .set    RECORD_VECTOR, 20               # of the exception, or -1
        .set    RECORD_ERROR, 24
        .set    RECORD_IMAGE, 32
        .set    RECORD_MEMORY, 544              # the operand, where EBX and EDI point

        .set    RESUME_FLAG, 0x10000

        # Linux's signal frame: see native.s.
        .set    SYS_RT_SIGRETURN, 173
        .set    SYS_RT_SIGACTION, 174
        .set    UC_EBP, 44
        .set    UC_ESP, 48
        .set    UC_TRAPNO, 68
        .set    UC_ERR, 72
        .set    UC_EIP, 76
        .set    UC_EFLAGS, 84

        .text
        .globl  _start
_start: movl    $stack_top, %esp
        cmpl    $0, TABLE + 4
        jz      on_a_pc

        movl    $signals, %edi
next_signal:
        movzbl  (%edi), %ebx
        testl   %ebx, %ebx
        jz      begin
        movl    $SYS_RT_SIGACTION, %eax
        movl    $action, %ecx
        xorl    %edx, %edx
        movl    $8, %esi
        int     $0x80
        testl   %eax, %eax
        jnz     refused
        incl    %edi
        jmp     next_signal

handler:                                        # 4(%esp) signal, 8(%esp) siginfo, 12(%esp) ucontext
        movl    12(%esp), %ecx
        movl    UC_EBP(%ecx), %ebp
        movl    UC_TRAPNO(%ecx), %eax
        movl    %eax, RECORD_VECTOR(%ebp)
        movl    UC_ERR(%ecx), %eax
        movl    %eax, RECORD_ERROR(%ebp)
        movl    UC_EFLAGS(%ecx), %eax
        andl    $~RESUME_FLAG, %eax
        movl    %eax, RECORD_EFLAGS(%ebp)
        movl    $recovered, UC_EIP(%ecx)
        movl    $stack_top, UC_ESP(%ecx)
        addl    $4, %esp                        # as after the handler's return
        movl    $SYS_RT_SIGRETURN, %eax
        int     $0x80

on_a_pc:
        lgdt    gdt_pointer
        movl    $idt, %edi
        movl    $stubs, %eax
        movl    $32, %ecx
next_gate:
        movl    %eax, %edx
        andl    $0xffff, %edx
        orl     $0x00080000, %edx
        movl    %edx, (%edi)
        movl    %eax, %edx
        andl    $0xffff0000, %edx
        orl     $0x8e00, %edx
        movl    %edx, 4(%edi)
        addl    $8, %edi
        addl    $16, %eax
        decl    %ecx
        jnz     next_gate
        lidt    idt_pointer
        movl    %cr0, %eax
        andl    $~0x0e, %eax                    # MP, EM, TS
        orl     $0x22, %eax                     # NE, MP
        movl    %eax, %cr0
        movl    $0x600, %eax                    # OSFXSR, OSXMMEXCPT
        movl    %eax, %cr4
        jmp     begin

        .macro  stub vector, pushes
        .balign 16
        .ifeq   \pushes
        pushl   $0
        .endif
        pushl   $\vector
        jmp     caught
        .endm

        .balign 16
stubs:
        .irp    vector, 0, 1, 2, 3, 4, 5, 6, 7
        stub    \vector, 0
        .endr
        stub    8, 1
        stub    9, 0
        .irp    vector, 10, 11, 12, 13, 14
        stub    \vector, 1
        .endr
        stub    15, 0
        stub    16, 0
        stub    17, 1
        .irp    vector, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
        stub    \vector, 0
        .endr

caught: popl    RECORD_VECTOR(%ebp)
        popl    RECORD_ERROR(%ebp)
        addl    $8, %esp
        popl    RECORD_EFLAGS(%ebp)
        andl    $~RESUME_FLAG, RECORD_EFLAGS(%ebp)
        movl    $stack_top, %esp
        jmp     recovered

begin:  movl    $TABLE_RECORDS, %ebp
        movl    TABLE, %esi
next_case:
        testl   %esi, %esi
        jz      finish
        fxrstor RECORD_IMAGE(%ebp)
        leal    RECORD_MEMORY(%ebp), %ebx
        movl    %ebx, %edi
        movl    RECORD_EAX(%ebp), %eax
        movl    RECORD_ECX(%ebp), %ecx
        movl    RECORD_EDX(%ebp), %edx
        pushl   RECORD_EFLAGS(%ebp)
        popfl
        call    *RECORD_CODE(%ebp)
        pushfl
        popl    RECORD_EFLAGS(%ebp)
recovered:
        movl    %eax, RECORD_EAX(%ebp)
        movl    %ecx, RECORD_ECX(%ebp)
        movl    %edx, RECORD_EDX(%ebp)
        fxsave  RECORD_IMAGE(%ebp)
        addl    $RECORD_SIZE, %ebp
        decl    %esi
        jmp     next_case

finish: movl    $TABLE, %ecx
        movl    TABLE + 4, %esi
        testl   %esi, %esi
        jz      halt
next_piece:
        movl    $4, %eax                        # write
        movl    $1, %ebx
        movl    %esi, %edx
        int     $0x80
        testl   %eax, %eax
        js      refused
        addl    %eax, %ecx
        subl    %eax, %esi
        jnz     next_piece
        movl    $1, %eax                        # exit
        xorl    %ebx, %ebx
        int     $0x80
refused:
        movl    $1, %eax
        movl    $2, %ebx
        int     $0x80
halt:   hlt

        .data
        .balign 8
gdt:    .quad   0, 0x00cf9b000000ffff, 0x00cf93000000ffff
gdt_pointer:
        .word   23
        .long   gdt
idt_pointer:
        .word   255
        .long   idt
        .balign 4
action: .long   handler, 0x40000004, 0, 0, 0    # handler, SA_NODEFER | SA_SIGINFO, no restorer, empty mask
signals:
        .byte   4, 5, 7, 8, 11, 0               # SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV

        .bss
        .balign 16
idt:    .skip   256
        .skip   0x4000
stack_top:
