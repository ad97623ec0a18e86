# Where a program starts, and what it needs of the system in assembly: system calls, and memory that grows.
# At entry: ESP points at the number of arguments, then come their addresses and a 0 (kernel/process/load.ts).

        .equ    SYS_EXIT, 1
        .equ    SYS_BRK, 18

        .text
        .globl  _start
        .weak   __wasm_start
_start:
        fninit
        fldcw   control                 # 53 bits of precision: what the compiler's arithmetic is exact with
        movl    (%esp), %esi
        leal    4(%esp), %edi
        xorl    %ebp, %ebp              # a stack trace ends here
        movl    $__wasm_memory_end, %ebx
        movl    %ebx, break
        movl    $SYS_BRK, %eax
        int     $0x80
        cmpl    %ebx, %eax
        jne     1f
        movl    $__wasm_start, %eax     # variables whose first value is computed
        testl   %eax, %eax
        jz      2f
        call    *%eax
2:      pushl   %edi
        pushl   %esi
        call    main                    # main(argc, argv)
        movl    %eax, %ebx
        movl    $SYS_EXIT, %eax
        int     $0x80
1:      movl    $127, %ebx              # no memory
        movl    $SYS_EXIT, %eax
        int     $0x80

# systemCall(number, a, b, c, d, e): i32
        .globl  systemCall
systemCall:
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    16(%esp), %eax
        movl    20(%esp), %ebx
        movl    24(%esp), %ecx
        movl    28(%esp), %edx
        movl    32(%esp), %esi
        movl    36(%esp), %edi
        int     $0x80
        popl    %edi
        popl    %esi
        popl    %ebx
        ret

# timestamp(): i64
        .globl  timestamp
timestamp:
        rdtsc
        ret

# __memory_size(): i32, in pages of 64 KiB from address 0: where the heap ends
        .globl  __memory_size
__memory_size:
        movl    break, %eax
        shrl    $16, %eax
        ret

# __memory_grow(pages: i32): i32, the size before, or -1
        .globl  __memory_grow
__memory_grow:
        pushl   %ebx
        movl    8(%esp), %ebx
        cmpl    $0xffff, %ebx
        ja      3f
        shll    $16, %ebx
        addl    break, %ebx
        jc      3f
        movl    $SYS_BRK, %eax
        int     $0x80
        cmpl    %ebx, %eax
        jne     3f
        xchgl   break, %eax
        shrl    $16, %eax
        popl    %ebx
        ret
3:      movl    $-1, %eax
        popl    %ebx
        cmpl    $0, attempted
        je      4f
        incl    refusals                # asc's allocator asks for plenty, then for what it needs, and traps if that is refused, too
        cmpl    $2, refusals
        je      5f
4:      ret

# attempt(entry: u32, a: usize, b: usize): usize: calls that entry of the function table; 0 if it lacks memory
        .globl  attempt
        .weak   __wasm_table
attempt:
        pushl   %ebp
        pushl   %ebx
        pushl   %esi
        pushl   %edi
        movl    $0, refusals
        movl    %esp, attempted
        pushl   28(%esp)
        pushl   28(%esp)
        movl    28(%esp), %eax
        call    *__wasm_table(,%eax,4)
        jmp     6f
5:      xorl    %eax, %eax              # from __memory_grow: past the allocator, which has not changed anything yet
6:      movl    attempted, %esp
        movl    $0, attempted
        popl    %edi
        popl    %esi
        popl    %ebx
        popl    %ebp
        ret

        .data
control:
        .word   0x27f, 0
break:  .long   0
attempted:                              # the stack of an attempt that runs, or 0
        .long   0
refusals:                               # of memory, in it
        .long   0
