# A bit of everything.
.code16
.set COUNT, 3
.equ LATER, end - start
VALUE = (COUNT << 2 | 1) & ~0x10
.macro entry name, code=0, rest:vararg
  .globl \name
  .type \name, @function
\name: push $\code
  .ifnb \rest
  .byte \rest
  .endif
.L\@: jmp .L\@
  .size \name, . - \name
.endm
start: mov $start, %ax; movw %ax, %es:4(%bx,%si)
  entry first, 1
  entry second, code=2, 3, 4 + VALUE
1: cmpb $'a', (%di); je 1b; jne 2f; loop 1b
2: rep movsb; lock addl $-1, 8(%ebx,%ecx,4)
  ljmp $8, $flat; lcall *%cs:(flat); data32 lgdt (%bp)
.code32
flat: movzbl %al, %eax; shll $2, %eax; outb %al, $0x80; in (%dx), %al; enter $8, $0
.rept COUNT
  .long 1b - ., outside, end
.endr
.irp reg, eax, ebx
  push %\reg
.endr
.if COUNT > 2 && VALUE == 13
  .ascii "text\n\x41\101", "more"
.elseif COUNT
  .asciz "never"
.else
  .err
.endif
.balign 16, 0x90
.data
.byte 1, 2; .word 3; .quad -1; .fill 3, 2, 7; .skip LATER, 1; .org 0x400
.section .rodata.x, "aMS", @progbits, 1
.string "s"
.uleb128 624485
.bss
.lcomm buffer, 64, 16
.comm shared, 4
/* the end */ // of it
.text
end:
.file 0 "/d" "a.c"
.file 1 "a.c"
.cfi_startproc
.loc 1 2 3 view .LV1
push %ebp
.cfi_def_cfa_offset 8
.cfi_offset 5, -8
.cfi_remember_state
.loc 1 4 is_stmt 0
fldl 8(%esp); fsubp; movaps %xmm1, (%eax); cmpltps %xmm0, %xmm1; call f@PLT; movl g@GOTOFF(%ebx), %eax
.cfi_restore_state
.cfi_endproc
.section .debug_x, "", @progbits
.uleb128 .LV1, end - start
.section .text.g, "axG", @progbits, sig, comdat
.subsection 2
.intel_syntax noprefix
mov eax, DWORD PTR sym[ebx+ecx*4+8]
movsd xmm0, QWORD PTR fs:[0]; call [DWORD PTR 4[eax]]; push OFFSET FLAT:sym; rep stosd
.att_syntax
# 7 "other.c" 2
.octa 1, -2; .tfloat 1.5, 1e-4000; .string16 "ab"; .ident "x"
