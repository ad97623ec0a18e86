# What a processor does with its time, as a Multiboot kernel for every PC that we compare: five workloads, each with a letter on COM1
# before it and one after it (the small and the large one), by which whoever reads the line takes the time. Ends with a dot.

        .set    COM1, 0x3f8
        .set    BUFFER, 0x200000
        .set    FLAGS, 0

        .set    ALU_ROUNDS, 20000000
        .set    SIEVE_ROUNDS, 240
        .set    SIEVE_LIMIT, 65536
        .set    SORT_ROUNDS, 160
        .set    SORT_WORDS, 4000
        .set    CALLS_DEPTH, 30
        .set    BYTES_ROUNDS, 360
        .set    BYTES_SIZE, 65536

        .macro  measure letter, workload
        movb    $\letter, %al
        call    put
        call    \workload
        movb    $(\letter - 32), %al
        call    put
        .endm

        .text
        .balign 4
        .long   0x1badb002, FLAGS, -(0x1badb002 + FLAGS)
        .globl  _start
_start: cld
        movl    $0x1f0000, %esp
        # 115,200 baud, 8 bits: some PCs come with 5.
        movw    $(COM1 + 3), %dx
        movb    $0x83, %al
        outb    %al, %dx
        movw    $COM1, %dx
        movb    $1, %al
        outb    %al, %dx
        incl    %edx
        movb    $0, %al
        outb    %al, %dx
        movw    $(COM1 + 3), %dx
        movb    $3, %al
        outb    %al, %dx
        measure 'a', alu
        measure 's', sieve
        measure 'q', sort
        measure 'c', calls
        measure 'b', bytes
        movb    $'.', %al
        call    put
        cli
1:      hlt
        jmp     1b

# The byte in AL to COM1, once it takes one.
put:    movb    %al, %ah
1:      movw    $(COM1 + 5), %dx
        inb     %dx, %al
        testb   $0x20, %al
        jz      1b
        movb    %ah, %al
        movw    $COM1, %dx
        outb    %al, %dx
        ret

# Registers only.
alu:    movl    $ALU_ROUNDS, %ecx
        movl    $1, %eax
        movl    $2, %ebx
1:      addl    %ebx, %eax
        roll    $5, %eax
        xorl    %ecx, %eax
        leal    3(%ebx,%eax,2), %ebx
        subl    %ecx, %ebx
        andl    $0x7fffffff, %ebx
        decl    %ecx
        jnz     1b
        ret

# Eratosthenes' sieve in bytes.
sieve:  movl    $SIEVE_ROUNDS, %ebp
1:      movl    $BUFFER, %edi
        movl    $SIEVE_LIMIT / 4, %ecx
        movl    $0x01010101, %eax
        rep     stosl
        movl    $2, %esi
2:      cmpb    $0, BUFFER(%esi)
        je      4f
        movl    %esi, %eax
        imull   %eax, %eax
        cmpl    $SIEVE_LIMIT, %eax
        jae     5f
3:      movb    $0, BUFFER(%eax)
        addl    %esi, %eax
        cmpl    $SIEVE_LIMIT, %eax
        jb      3b
4:      incl    %esi
        jmp     2b
5:      decl    %ebp
        jnz     1b
        ret

# Quicksort of words from a linear congruential generator.
sort:   movl    $SORT_ROUNDS, %ebp
        movl    $12345, %eax
1:      movl    $BUFFER, %edi
        movl    $SORT_WORDS, %ecx
2:      imull   $1664525, %eax, %eax
        addl    $1013904223, %eax
        movl    %eax, %edx
        shrl    $8, %edx
        movl    %edx, (%edi)
        addl    $4, %edi
        decl    %ecx
        jnz     2b
        pushl   %eax
        movl    $BUFFER, %esi
        movl    $BUFFER + 4 * SORT_WORDS - 4, %edi
        call    quick
        popl    %eax
        decl    %ebp
        jnz     1b
        ret

# Sorts [ESI, EDI].
quick:  cmpl    %edi, %esi
        jae     9f
        pushl   %esi
        pushl   %edi
        movl    %edi, %eax
        subl    %esi, %eax
        shrl    $3, %eax
        movl    (%esi,%eax,4), %edx
1:      cmpl    %edx, (%esi)
        jae     2f
        addl    $4, %esi
        jmp     1b
2:      cmpl    %edx, (%edi)
        jbe     3f
        subl    $4, %edi
        jmp     2b
3:      cmpl    %edi, %esi
        ja      4f
        movl    (%esi), %eax
        movl    (%edi), %ecx
        movl    %ecx, (%esi)
        movl    %eax, (%edi)
        addl    $4, %esi
        subl    $4, %edi
        cmpl    %edi, %esi
        jbe     1b
4:      movl    %esi, %eax
        movl    4(%esp), %esi
        pushl   %eax
        call    quick
        popl    %esi
        movl    (%esp), %edi
        call    quick
        popl    %edi
        popl    %esi
9:      ret

# Calls and the stack: Fibonacci's numbers by recursion.
calls:  pushl   $CALLS_DEPTH
        call    fib
        addl    $4, %esp
        ret

fib:    pushl   %ebp
        movl    %esp, %ebp
        pushl   %ebx
        movl    8(%ebp), %eax
        cmpl    $2, %eax
        jb      1f
        decl    %eax
        pushl   %eax
        call    fib
        movl    %eax, %ebx
        movl    8(%ebp), %eax
        subl    $2, %eax
        pushl   %eax
        call    fib
        addl    $8, %esp
        addl    %ebx, %eax
1:      popl    %ebx
        popl    %ebp
        ret

# Bytes and conditions: a checksum with a branch in it, then a copy by string instructions.
bytes:  movl    $BYTES_ROUNDS, %ebp
1:      movl    $BUFFER, %esi
        movl    $BYTES_SIZE, %ecx
        xorl    %ebx, %ebx
2:      movzbl  (%esi), %eax
        incl    %esi
        addl    %eax, %ebx
        cmpb    $0x80, %al
        jb      3f
        xorl    $0x04c11db7, %ebx
3:      shll    $1, %ebx
        adcl    $0, %ebx
        decl    %ecx
        jnz     2b
        movl    $BUFFER, %esi
        movl    $BUFFER + BYTES_SIZE, %edi
        movl    $BYTES_SIZE / 4, %ecx
        rep     movsl
        decl    %ebp
        jnz     1b
        ret
