/* System calls of MiniOS for C: gcc -m32 -ffreestanding -nostdlib -static -fno-pie -I user/c. Numbers: docs/kernel/system-calls.md. */
enum { EXIT = 1, SPAWN, WAIT, GETPID, KILL, SLEEP = 7, TIME, OPEN, CLOSE, READ, WRITE, SEEK, BRK = 18 };
static inline int sys(int number, long a, long b, long c, long d, long e) {
    __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
    return number; /* now the result; an error is negative */
}
/* exit(main(argc, argv)) */
__asm__(".globl _start\n_start: mov (%esp), %eax\nlea 4(%esp), %edx\nand $-16, %esp\nsub $8, %esp\npush %edx\npush %eax\n"
        "call main\nmov %eax, %ebx\nmov $1, %eax\nint $0x80");
