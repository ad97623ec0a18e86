# Runs floating-point test cases, under Linux and on a PC alike: loads a case's image of the unit with FRSTOR, calls its instruction,
# stores the image with FNSAVE in its place. FNSAVE does not wait, so an unmasked exception of the case stays a bit in its status word.

        # TABLE is given to the assembler: u32 case count, u32 bytes to write to standard output at the end (0: halt), then
        .set    TABLE_RECORDS, TABLE + 0x10
        .set    RECORD_SIZE, 240
        .set    RECORD_CODE, 0                  # address of the instruction and a RET
        .set    RECORD_EFLAGS, 4
        .set    RECORD_EAX, 8
        .set    RECORD_IMAGE, 16
        .set    RECORD_MEMORY, 128              # the operand, where EBX points

        .text
        .globl  _start
_start: movl    $stack_top, %esp
        movl    $TABLE_RECORDS, %ebp
        movl    TABLE, %esi
next_case:
        testl   %esi, %esi
        jz      finish
        frstor  RECORD_IMAGE(%ebp)
        leal    RECORD_MEMORY(%ebp), %ebx
        movl    RECORD_EAX(%ebp), %eax
        pushl   RECORD_EFLAGS(%ebp)
        popfl
        call    *RECORD_CODE(%ebp)
        pushfl
        popl    RECORD_EFLAGS(%ebp)
        movl    %eax, RECORD_EAX(%ebp)
        fnsave  RECORD_IMAGE(%ebp)
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

        .bss
        .balign 16
        .skip   0x1000
stack_top:
