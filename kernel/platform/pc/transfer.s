# String input and output: what moves the data of a disk's sector through its port. Calling convention: cdecl.
# Source: Intel SDM volume 2, INS and OUTS.

.text

# readPortWords(port, address, count): `count` 16-bit words from the port into memory.
.globl readPortWords
readPortWords:
    pushl %edi
    movl 8(%esp), %edx
    movl 12(%esp), %edi
    movl 16(%esp), %ecx
    rep insw
    popl %edi
    ret

# writePortWords(port, address, count): `count` 16-bit words from memory to the port.
.globl writePortWords
writePortWords:
    pushl %esi
    movl 8(%esp), %edx
    movl 12(%esp), %esi
    movl 16(%esp), %ecx
    rep outsw
    popl %esi
    ret
