# Runs test cases on the processor of a Linux machine, each as one instruction in user mode.
#
# The whole of it is a signal handler. It stores the state that the last case left (a signal frame holds all registers, the trap's
# number, its error code and CR2), puts the next case's state into the frame, and returns: the kernel loads every register, the
# instruction runs, and the breakpoint after it, or the fault it raises, is the next signal. See README.md for the memory map and the record.

        .include "record.inc"

        .set    SYS_EXIT, 1
        .set    SYS_WRITE, 4
        .set    SYS_MODIFY_LDT, 123
        .set    SYS_RT_SIGRETURN, 173
        .set    SYS_RT_SIGACTION, 174
        .set    SYS_SIGALTSTACK, 186

        .set    SIGILL, 4
        .set    SIGTRAP, 5
        .set    SIGBUS, 7
        .set    SIGFPE, 8
        .set    SIGSEGV, 11

        .set    PAGE, 0x00500000
        .set    OUTSIDE_DWORDS, 960
        .set    READ_ONLY_PAGE, 0x00600000
        # TABLE is given to the assembler: u32 case count, u32 LDT entry count, then
        .set    TABLE_LDT, TABLE + 0x10         # user_desc structures of 16 bytes
        .set    TABLE_RECORDS, TABLE + 0x1000

        # Offsets from the ucontext that the kernel gives the handler (struct ucontext_ia32, struct sigcontext_32).
        .set    UC_GS, 20
        .set    UC_FS, 24
        .set    UC_ES, 28
        .set    UC_DS, 32
        .set    UC_EDI, 36
        .set    UC_ESI, 40
        .set    UC_EBP, 44
        .set    UC_ESP, 48
        .set    UC_EBX, 52
        .set    UC_EDX, 56
        .set    UC_ECX, 60
        .set    UC_EAX, 64
        .set    UC_TRAPNO, 68
        .set    UC_ERR, 72
        .set    UC_EIP, 76
        .set    UC_CS, 80
        .set    UC_EFLAGS, 84
        .set    UC_SS, 92
        .set    UC_CR2, 104

        .text
        .globl  _start
_start:
        movl    TABLE + 4, %esi                 # LDT entries
        movl    $TABLE_LDT, %ecx
next_entry:
        testl   %esi, %esi
        jz      install_handlers
        movl    $SYS_MODIFY_LDT, %eax
        movl    $1, %ebx                        # write one entry
        movl    $16, %edx
        int     $0x80
        testl   %eax, %eax
        jnz     refused
        addl    $16, %ecx
        decl    %esi
        jmp     next_entry

install_handlers:
        movl    $SYS_SIGALTSTACK, %eax
        movl    $alternate_stack, %ebx
        xorl    %ecx, %ecx
        int     $0x80
        testl   %eax, %eax
        jnz     refused
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

refused:                                        # exit status 2: this kernel has no such call (or no LDT)
        movl    $SYS_EXIT, %eax
        movl    $2, %ebx
        int     $0x80

begin:
        testl   %eax, READ_ONLY_PAGE            # it is there from the first case on
        int3                                    # the first signal; no case has run yet

handler:                                        # 4(%esp) signal, 8(%esp) siginfo, 12(%esp) ucontext
        pushl   $0x202                          # the case may have left AC, NT or ID set
        popfl
        cld
        movl    12(%esp), %ebp
        movl    record, %ebx
        testl   %ebx, %ebx
        jz      first
        call    store_result
        addl    $RECORD_SIZE, %ebx
        jmp     load
first:
        movl    $TABLE_RECORDS, %ebx
load:
        movl    %ebx, record
        movl    done, %eax
        cmpl    TABLE, %eax
        je      finish
        incl    done
        call    load_case
        addl    $4, %esp                        # as after the handler's return
        movl    $SYS_RT_SIGRETURN, %eax
        int     $0x80

finish:                                         # the table, now with results, to standard output
        subl    $TABLE, %ebx
        movl    %ebx, %edx
        movl    $TABLE, %ecx
next_piece:
        movl    $SYS_WRITE, %eax
        movl    $1, %ebx
        int     $0x80
        testl   %eax, %eax
        js      refused
        addl    %eax, %ecx
        subl    %eax, %edx
        jnz     next_piece
        movl    $SYS_EXIT, %eax
        xorl    %ebx, %ebx
        int     $0x80

# Signal frame %ebp to record %ebx.
store_result:
        store_record UC
        movl    UC_TRAPNO(%ebp), %eax
        movl    %eax, RECORD_TRAP(%ebx)
        movl    UC_ERR(%ebp), %eax
        movl    %eax, RECORD_TRAP + 4(%ebx)
        movl    UC_CR2(%ebp), %eax
        movl    %eax, RECORD_TRAP + 8(%ebx)
        # A case that wrote to the page outside the window is marked, and its traces are wiped out.
        xorl    %eax, %eax
        movl    $PAGE, %edi
        movl    $OUTSIDE_DWORDS, %ecx
        repe scasl
        je      not_strayed
        movl    $1, RECORD_STRAY(%ebx)
        movl    $PAGE, %edi
        movl    $OUTSIDE_DWORDS, %ecx
        rep stosl
not_strayed:
        ret

# Record %ebx to signal frame %ebp, and its code and memory to their places.
load_case:
        load_record UC
        ret

        .data
        .balign 4
record: .long   0
done:   .long   0
action: .long   handler, 0x08000004, 0, 0, 0    # handler, SA_ONSTACK | SA_SIGINFO, no restorer, empty mask
alternate_stack:
        .long   stack, 0, 0x8000
signals:
        .byte   SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, 0

        .bss
        .balign 16
stack:  .skip   0x8000
