# Calls compiled functions one after the other and keeps what they return. `cases` is a table: for each, the function, how many words
# of arguments, and the words; a zero ends it. `results` gets EAX and EDX of each, and a word that is 1 when the registers that the
# convention says are preserved were, 0 when not, and 2 when the function trapped: raised #DE or #UD.

        .equ    CODE, 8
        .equ    DATA, 16
        .equ    INTERRUPT_GATE, 0x8e00

        .text
        .globl  _start
_start:
        movl    $stack_top, %esp
        lgdt    gdt_place
        ljmp    $CODE, $1f
1:      movl    $DATA, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %ss
        movl    $trapped, %eax                  # the offset is in the first and the last word of a gate
        movl    $(CODE << 16), %edx
        movw    %ax, %dx
        movw    $INTERRUPT_GATE, %ax
        movl    %edx, idt + 8 * 0
        movl    %eax, idt + 8 * 0 + 4
        movl    %edx, idt + 8 * 6
        movl    %eax, idt + 8 * 6 + 4
        lidt    idt_place
        fninit
        fldcw   control                         # round to 53 bits
        movl    $cases, %esi
        movl    $results, %edi
next:
        lodsl
        testl   %eax, %eax
        jz      finish
        movl    %eax, function
        lodsl
        movl    %eax, %ecx
        movl    %esp, saved_stack
        leal    (%esi,%ecx,4), %ebx             # the next case
        movl    %ebx, saved_case
        movl    %edi, saved_result
        movl    %ebx, %edx
push:   testl   %ecx, %ecx                      # the last argument first
        jz      call
        subl    $4, %edx
        pushl   (%edx)
        decl    %ecx
        jmp     push
call:   movl    $0x0b0b0b0b, %ebx
        movl    $0x05050505, %esi
        movl    $0x0d0d0d0d, %edi
        movl    $0x0e0e0e0e, %ebp
        call    *function
        movl    %esp, %ecx                      # the caller pops
        movl    saved_stack, %esp
        pushl   %edx
        pushl   %eax
        movl    $1, %eax
        cmpl    $0x0b0b0b0b, %ebx
        jne     changed
        cmpl    $0x05050505, %esi
        jne     changed
        cmpl    $0x0d0d0d0d, %edi
        jne     changed
        cmpl    $0x0e0e0e0e, %ebp
        jne     changed
        jmp     store
trapped:
        movl    saved_stack, %esp
        subl    $8, %esp                        # no result
        fninit
        fldcw   control
        cld
        movl    $2, %eax
        jmp     store
changed:
        xorl    %eax, %eax
store:  movl    saved_result, %edi
        movl    saved_case, %esi
        popl    (%edi)
        popl    4(%edi)
        movl    %eax, 8(%edi)
        addl    $12, %edi
        incl    done
        jmp     next
finish:
        cli
        hlt

        .section .rodata
        .balign 8
gdt:    .quad   0, 0x00cf9a000000ffff, 0x00cf92000000ffff
gdt_place:
        .word   3 * 8 - 1
        .long   gdt
idt_place:
        .word   7 * 8 - 1
        .long   idt

        .globl  done
        .data
        .balign 4
done:   .long   0
control:
        .word   0x27f, 0
function:
        .long   0
saved_stack:
        .long   0
saved_case:
        .long   0
saved_result:
        .long   0

        .bss
        .balign 16
idt:    .skip   7 * 8
        .balign 16
        .skip   0x10000
stack_top:
