# Runs test cases in user mode on a PC: a Multiboot kernel that does nothing else. The tables of the processor are laid out by guest.ts
# (descriptor tables, page tables, a stub for each vector that pushes it), and so is the table of cases, which gets the results.

        .include "record.inc"

        .set    TABLE, 0x01000000               # u32 case count, u32 finished (1: all done, 2: a fault in the harness), u32 next case
        .set    TABLE_FINISHED, TABLE + 4
        .set    TABLE_NEXT, TABLE + 8
        .set    TABLE_FAULT, TABLE + 12         # vector, error code and EIP of a fault in the harness
        .set    TABLE_RECORDS, TABLE + 0x1000

        .set    SYSTEM, 0x00200000              # what guest.ts has laid out
        .set    GDT, SYSTEM
        .set    GDT_LIMIT, 0x7f
        .set    IDT, SYSTEM + 0x1000
        .set    IDT_LIMIT, 0x7ff
        .set    TSS, SYSTEM + 0x3000
        .set    HANDLER, SYSTEM + 0x3800        # where the stubs jump to
        .set    PAGE_DIRECTORY, SYSTEM + 0x6000

        .set    KERNEL_CODE, 0x08
        .set    KERNEL_DATA, 0x18
        .set    LDT_SELECTOR, 0x38
        .set    TSS_SELECTOR, 0x40
        .set    STACK_ALIAS, 0x48               # data, with a base that changes from case to case
        .set    USER_MODE, 3

        # Places in the frame that `trap` builds.
        .set    FRAME_GS, 0
        .set    FRAME_FS, 4
        .set    FRAME_DS, 8
        .set    FRAME_ES, 12
        .set    FRAME_EDI, 16
        .set    FRAME_ESI, 20
        .set    FRAME_EBP, 24
        .set    FRAME_EBX, 32
        .set    FRAME_EDX, 36
        .set    FRAME_ECX, 40
        .set    FRAME_EAX, 44
        .set    FRAME_VECTOR, 48
        .set    FRAME_ERROR, 52
        .set    FRAME_EIP, 56
        .set    FRAME_CS, 60
        .set    FRAME_EFLAGS, 64
        .set    FRAME_ESP, 68
        .set    FRAME_SS, 72

        .text
        .balign 4
multiboot_header:
        .long   0x1badb002, 0, -0x1badb002

        .globl  _start
_start:
        cli
        lgdt    gdt_register
        ljmp    $KERNEL_CODE, $flat
flat:
        movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $stack_top, %esp
        movb    $0xff, %al                      # no interrupt from any device
        outb    %al, $0x21
        outb    %al, $0xa1
        lidt    idt_register
        movl    $trap, HANDLER
        movl    $stack_top, TSS + 4             # ESP0, SS0
        movl    $KERNEL_DATA, TSS + 8
        movl    $PAGE_DIRECTORY, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        andl    $0x9fffffff, %eax               # caches on
        orl     $0x80010020, %eax               # PG, WP, NE
        andl    $0xfffffff3, %eax               # TS and EM off: WAIT and the like are nobody's business here
        movl    %eax, %cr0
        jmp     paging
paging:
        movl    $LDT_SELECTOR, %eax
        lldt    %ax
        movl    $TSS_SELECTOR, %eax
        ltr     %ax
        jmp     next_case

trap:                                           # from a stub, with vector and error code on the stack
        pushal
        pushl   %es
        pushl   %ds
        pushl   %fs
        pushl   %gs
        cld
        movl    $KERNEL_DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %esp, %ebp
        testl   $USER_MODE, FRAME_CS(%ebp)
        jz      harness_fault
        call    find_record
        call    store_result
        incl    TABLE_NEXT
next_case:
        movl    TABLE_NEXT, %eax
        cmpl    TABLE, %eax
        je      all_done
        movl    $stack_top - 76, %ebp           # a frame as `trap` leaves it
        movl    %ebp, %esp
        call    find_record
        call    load_case
        # IRET to a 16-bit stack loads SP and leaves the upper half of ESP as it was here. So let it be right before: through a
        # stack segment whose base makes up for the difference.
        movl    FRAME_ESP(%ebp), %eax
        andl    $0xffff0000, %eax
        movl    %ebp, %edx
        andl    $0xffff, %edx
        orl     %edx, %eax                      # ESP with the user's upper half
        movl    %ebp, %edx
        subl    %eax, %edx                      # the base
        movw    %dx, GDT + STACK_ALIAS + 2
        shrl    $16, %edx
        movb    %dl, GDT + STACK_ALIAS + 4
        movb    %dh, GDT + STACK_ALIAS + 7
        movl    $STACK_ALIAS, %ecx
        movl    %ecx, %ss
        movl    %eax, %esp
        popl    %gs
        popl    %fs
        popl    %ds
        popl    %es
        popal
        addl    $8, %esp                        # vector and error code
        iretl

all_done:
        movl    $1, TABLE_FINISHED
halt:
        hlt
        jmp     halt

harness_fault:
        movl    FRAME_VECTOR(%ebp), %eax
        movl    %eax, TABLE_FAULT
        movl    FRAME_ERROR(%ebp), %eax
        movl    %eax, TABLE_FAULT + 4
        movl    FRAME_EIP(%ebp), %eax
        movl    %eax, TABLE_FAULT + 8
        movl    $2, TABLE_FINISHED
        jmp     halt

find_record:                                    # address of the present case's record to %ebx
        movl    TABLE_NEXT, %ebx
        imull   $RECORD_SIZE, %ebx, %ebx
        addl    $TABLE_RECORDS, %ebx
        ret

# Frame %ebp to record %ebx.
store_result:
        store_record FRAME
        movl    FRAME_VECTOR(%ebp), %eax
        movl    %eax, RECORD_TRAP(%ebx)
        movl    FRAME_ERROR(%ebp), %eax
        movl    %eax, RECORD_TRAP + 4(%ebx)
        movl    %cr2, %eax
        movl    %eax, RECORD_TRAP + 8(%ebx)
        ret

# Record %ebx to frame %ebp, and its code and memory to their places.
load_case:
        load_record FRAME
        ret

        .data
        .balign 4
        .word   0
gdt_register:
        .word   GDT_LIMIT
        .long   GDT
        .word   0
idt_register:
        .word   IDT_LIMIT
        .long   IDT

        .bss
        .balign 16
stack:  .skip   0x1000
stack_top:
