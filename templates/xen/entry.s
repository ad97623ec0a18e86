# The way into the guest, and from there into the hypervisor: what TypeScript cannot say. The notes tell Xen what it needs to know.
# Source: Xen public headers elfnote.h and arch-x86/xen-x86_32.h.

        .macro  note type, kind, value:vararg
        .long   4, 2f - 1f, \type       # bytes of the owner's name, bytes of the value, which note
        .asciz  "Xen"
1:      \kind   \value
2:      .balign 4
        .endm

        .section .note.Xen, "a", @note
        note    2, .long, hypercall_page # HYPERCALL_PAGE
        note    3, .long, 0              # VIRT_BASE: virtual address 0 is the first byte of our memory
        note    5, .asciz, "xen-3.0"     # XEN_VERSION
        note    6, .asciz, "guest"       # GUEST_OS
        note    8, .asciz, "generic"     # LOADER
        note    9, .asciz, "bimodal"     # PAE_MODE: page tables of two or of three levels, we touch neither

# The hypervisor writes its calls here: 32 bytes for each, in the order of their numbers.
        .section .hypercalls, "ax"
        .balign 4096
hypercall_page:
        .skip   4096

# In ring 1, on a stack of the hypervisor's; ESI is the address of start_info.
        .section .text.start, "ax"
        .globl  _start
_start: cld
        pushl   %esi
        call    guestMain               # in main.ts
        ud2                             # it does not come back

# hypercall3(number, a, b, c): the arguments go into EBX, ECX and EDX, the result comes in EAX.
        .text
        .globl  hypercall3
hypercall3:
        pushl   %ebx
        movl    8(%esp), %eax
        movl    12(%esp), %ebx
        movl    16(%esp), %ecx
        movl    20(%esp), %edx
        shll    $5, %eax                # 32 bytes a call
        addl    $hypercall_page, %eax
        call    *%eax
        popl    %ebx
        ret
