# Runs generated cases of system instructions, one after the other, on whatever PC it was booted: restores the arena (descriptor
# tables, tasks, page tables, code, data, stacks), changes what the case says, enters it, and writes down what came of it. Every
# vector leads back here by an interrupt gate, a double fault by a task gate; whichever comes first ends the case.
# Constants come from world.ts, the records' layout is in record.ts. Source: Intel SDM vol. 3, chapters 2 to 7.

        .include "world.inc"

        .set    CODE0, 0x08
        .set    DATA0, 0x10
        .set    COM1, 0x3f8
        .set    EFER, 0xc0000080

        .text
        .balign 4
        .long   0x1badb002, 0, -0x1badb002
        .globl  _start
_start:
        cli
        cld
        lgdt    boot_gdt_register
        ljmp    $CODE0, $1f
1:      movl    $DATA0, %eax
        movl    %eax, %ds
        movl    %eax, %es
        movl    %eax, %fs
        movl    %eax, %gs
        movl    %eax, %ss
        movl    $stack_top, %esp
        movb    $0xff, %al                      # no interrupts from outside
        outb    %al, $0x21
        outb    %al, $0xa1
        movw    $COM1 + 3, %dx                  # 115200 baud, 8 bits, no parity
        movb    $0x80, %al
        outb    %al, %dx
        movw    $COM1, %dx
        movb    $1, %al
        outb    %al, %dx
        incl    %edx
        movb    $0, %al
        outb    %al, %dx
        addl    $2, %edx
        movb    $3, %al
        outb    %al, %dx
        xorl    %edi, %edi                      # whatever runs away into low memory meets INT3
        movl    $0xcccccccc, %eax
        movl    $LOW_MEMORY_BYTES / 4, %ecx
        rep stosl
        movl    $ARENA + ARENA_BYTES, %edi
        movl    $(ARENA_IMAGE - ARENA - ARENA_BYTES) / 4, %ecx
        rep stosl
        movl    $IDENTITY_TABLES, %edi          # the first 16 MiB, all accessed and dirty
        movl    $0x63, %eax
        movl    $4096, %ecx
1:      stosl
        addl    $0x1000, %eax
        loop    1b
        movl    $TABLE + 4, case
        movl    $RESULTS + 4, result
        movl    $0, RESULTS

next_case:
        movl    case, %ebp
        movl    TABLE, %eax
        cmpl    %eax, RESULTS
        jae     finished
        call    restore_arena
        fninit
        leal    POKES(%ebp), %esi
        lodsl
        movl    %eax, %ebx
1:      testl   %ebx, %ebx
        jz      2f
        lodsl
        movl    %eax, %edi
        lodsl
        movl    %eax, %ecx
        rep movsb
        addl    $3, %esi
        andl    $~3, %esi
        decl    %ebx
        jmp     1b
2:      call    snapshot
        movw    GDT_LIMIT(%ebp), %ax
        movw    %ax, gdt_register
        movw    IDT_LIMIT(%ebp), %ax
        movw    %ax, idt_register
        lgdt    gdt_register
        lidt    idt_register
        xorl    %eax, %eax
        movl    %eax, %cr2
        movl    $0xffff0ff0, %eax
        movl    %eax, %dr6
        movl    CASE_EFER(%ebp), %eax
        call    set_efer
        movl    CASE_CR4(%ebp), %eax
        movl    %eax, %cr4
        movl    CASE_CR3(%ebp), %eax
        movl    %eax, %cr3
        movl    CASE_CR0(%ebp), %eax
        movl    %eax, %cr0
        jmp     3f
3:      movw    CASE_LDTR(%ebp), %ax
        lldt    %ax
        movw    CASE_TR(%ebp), %ax
        ltr     %ax
        cmpl    $0, CASE_INNER(%ebp)
        jne     4f
        leal    CASE_FRAME(%ebp), %esp
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popal
        iretl
        # Ring 0: no IRET, which would take the old stack.
4:      movl    CASE_FRAME + 48(%ebp), %eax
        movl    %eax, inner_target
        movw    CASE_FRAME + 52(%ebp), %ax
        movw    %ax, inner_target + 4
        movl    CASE_FRAME + 60(%ebp), %eax
        movl    %eax, inner_stack
        movw    CASE_FRAME + 64(%ebp), %ax
        movw    %ax, inner_stack + 4
        pushl   CASE_FRAME + 56(%ebp)
        popfl
        leal    CASE_FRAME(%ebp), %esp
        popl    %gs
        popl    %fs
        popl    %es
        popl    %ds
        popal
        lss     %cs:inner_stack, %esp
        ljmp    *%cs:inner_target

# IA32_EFER <- EAX, but not where nobody asked for it: not every processor has one.
set_efer:
        testl   %eax, %eax
        jz      1f
        xorl    %edx, %edx
        movl    $EFER, %ecx
        wrmsr
1:      ret

clear_efer:
        xorl    %eax, %eax
        xorl    %edx, %edx
        movl    $EFER, %ecx
        wrmsr
        ret

# Copies the arena as it must be from its image.
restore_arena:
        movl    $ARENA_IMAGE, %esi
        movl    $ARENA, %edi
        movl    $ARENA_BYTES / 4, %ecx
        rep movsl
        movl    $LOW_ARENA, %edi
        movl    $LOW_ARENA_BYTES / 4, %ecx
        rep movsl
        ret

# Remembers the arena as the case finds it.
snapshot:
        movl    $ARENA, %esi
        movl    $remembered, %edi
        movl    $ARENA_BYTES / 4, %ecx
        rep movsl
        movl    $LOW_ARENA, %esi
        movl    $LOW_ARENA_BYTES / 4, %ecx
        rep movsl
        ret

        .org    STUBS - TEXT
stubs:
        .set    vector, 0
        .rept   256
        .balign 16
        movl    %eax, %dr0
        movl    $vector, %eax
        jmp     ended
        .set    vector, vector + 1
        .endr

        .org    DOUBLE_FAULT_ENTRY - TEXT
        movl    %eax, %dr0
        movl    $8, %eax

# The end of a case: EAX is the vector, DR0 what was in it. Nothing but CS is known to be good, so DR1 to DR3 keep what is needed
# until there is a data segment.
ended:
        movl    %eax, %dr1
        movl    %ds, %eax
        movl    %eax, %dr2
        movl    $DATA0, %eax
        movl    %eax, %ds
        movl    %esp, saved + 20
        movl    %ss, %eax
        movl    %eax, saved + 40
        movl    $DATA0, %eax
        movl    %eax, %ss
        movl    $stack_top, %esp
        pushfl
        popl    saved + 60
        pushl   $2
        popfl
        movl    %dr1, %eax
        movl    %eax, saved                     # vector
        movl    %dr0, %eax
        movl    %eax, saved + 4                 # EAX ECX EDX EBX ESP EBP ESI EDI
        movl    %ecx, saved + 8
        movl    %edx, saved + 12
        movl    %ebx, saved + 16
        movl    %ebp, saved + 24
        movl    %esi, saved + 28
        movl    %edi, saved + 32
        movl    %es, %eax
        movl    %eax, saved + 36                # ES SS DS FS GS
        movl    %dr2, %eax
        movl    %eax, saved + 44
        movl    %fs, %eax
        movl    %eax, saved + 48
        movl    %gs, %eax
        movl    %eax, saved + 52
        xorl    %eax, %eax
        str     %ax
        movl    %eax, saved + 56
        sldt    %ax
        movl    %eax, saved + 64
        movl    %cr0, %eax
        movl    %eax, saved + 68
        movl    %cr2, %eax
        movl    %eax, saved + 72
        movl    %cr3, %eax
        movl    %eax, saved + 76
        movl    %cr4, %eax
        movl    %eax, saved + 80
        movl    %dr6, %eax
        movl    %eax, saved + 84
        movl    $0x31, %eax                     # no paging, no task switched, numeric errors native
        movl    %eax, %cr0
        jmp     1f
1:      xorl    %eax, %eax
        movl    %eax, %cr4
        movl    %eax, %fs
        movl    %eax, %gs
        lldt    %ax
        movl    $DATA0, %eax
        movl    %eax, %es
        cld
        movl    case, %ebp
        cmpl    $0, CASE_EFER(%ebp)
        je      2f
        call    clear_efer
2:      movl    result, %edi
        movl    $saved, %esi
        movl    $SAVED_WORDS, %ecx
        rep movsl
        movl    %edi, %ebx                      # the count of changes
        addl    $4, %edi
        movl    $0, (%ebx)
        movl    $ARENA, %esi
        movl    $remembered, %edx
        movl    $ARENA_BYTES / 4, %ecx
        call    list_changes
        movl    $LOW_ARENA, %esi
        movl    $remembered + ARENA_BYTES, %edx
        movl    $LOW_ARENA_BYTES / 4, %ecx
        call    list_changes
        movl    %edi, result
        incl    RESULTS
        movl    case, %eax
        addl    (%eax), %eax
        movl    %eax, case
        jmp     next_case

# Words of the ECX at ESI that are not as at EDX: address and value to EDI, counted at EBX.
list_changes:
        xchgl   %edi, %edx
1:      testl   %ecx, %ecx
        jz      2f
        repe cmpsl
        je      2f
        leal    -4(%esi), %eax
        movl    %eax, (%edx)
        movl    (%eax), %eax
        movl    %eax, 4(%edx)
        addl    $8, %edx
        incl    (%ebx)
        jmp     1b
2:      movl    %edx, %edi
        ret

finished:
        movl    $done, %esi
1:      lodsb
        testb   %al, %al
        jz      3f
        movb    %al, %ah
2:      movw    $COM1 + 5, %dx
        inb     %dx, %al
        testb   $0x20, %al
        jz      2b
        movw    $COM1, %dx
        movb    %ah, %al
        outb    %al, %dx
        jmp     1b
3:      hlt
        jmp     3b

        .data
        .balign 8
boot_gdt:
        .quad   0
        .quad   0x00cf9b000000ffff
        .quad   0x00cf93000000ffff
boot_gdt_register:
        .word   23
        .long   boot_gdt
        .word   0
gdt_register:
        .word   0
        .long   ARENA + GDT
        .word   0
idt_register:
        .word   0
        .long   ARENA + IDT
done:   .asciz  "done\n"
        .balign 4
case:   .long   0
result: .long   0
inner_target:
        .long   0, 0
inner_stack:
        .long   0, 0

        .bss
        .balign 4
saved:  .skip   SAVED_WORDS * 4
        .balign 4096
        .skip   0x1000
stack_top:
remembered:
        .skip   ARENA_BYTES + LOW_ARENA_BYTES
