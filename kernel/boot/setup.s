# Setup: from the BIOS to the kernel. Opens A20, asks the BIOS for the memory map, builds the Multiboot information structure,
# goes to protected mode, puts the segments of kernel.elf where they belong and enters the kernel as a Multiboot loader does.
# It stands at 0:8000; the boot sector has put kernel.elf at 10000h and leaves the drive in DL. If that is a hard disk's, and a
# master boot record has chosen one of the disk's partitions, its entry's address is in SI.
# Sources: Multiboot Specification 0.6.96, section 3; ACPI specification, "INT 15H, E820H"; System V ABI, ELF header.

        .set    KERNEL_IMAGE, 0x10000
        .set    STACK_TOP, 0x7c00
        .set    INFO, 0x0600            # the Multiboot information structure
        .set    MEMORY_MAP, 0x0700
        .set    MEMORY_MAP_END, 0x1000
        .set    MAP_ENTRY, 24           # 4 bytes of size and 20 of E820
        .set    ONE_MEGABYTE, 0x100000
        .set    MULTIBOOT_MAGIC, 0x2badb002
        .set    TEXT_SCREEN, 0xb8000
        .set    BIOS_CURSOR, 0x450      # row above column
        .set    TYPE_RAM, 1
        .set    PARTITION_TABLE, 0x7be  # in a master boot record that has moved to 600h
        .set    PARTITION_TABLE_END, 0x7fe

# The fields of the information structure, and the flags that say which of them hold something.
        .set    I_FLAGS, INFO
        .set    I_MEM_LOWER, INFO + 4
        .set    I_MEM_UPPER, INFO + 8
        .set    I_BOOT_DEVICE, INFO + 12
        .set    I_COMMAND_LINE, INFO + 16
        .set    I_MMAP_LENGTH, INFO + 44
        .set    I_MMAP_ADDRESS, INFO + 48
        .set    I_LOADER_NAME, INFO + 64
        .set    INFO_BYTES, 120
        .set    INFO_FLAGS, 0x0247      # memory, boot device, command line, memory map, loader name

        .set    CODE32, 0x08
        .set    DATA32, 0x10

        .code16
        .text
        .globl  _start
_start:
        jmp     start
        .balign 4
# The header: the image maker fills in the kernel's size and the command line (toolchain/image/boot-area.ts).
        .ascii  "OSSU"                  # at 4
kernel_bytes:
        .long   0                       # at 8
        .long   0
command_line:
        .space  256                     # at 10h, ends with a NUL

start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld
        movw    $INFO, %di
        movw    $INFO_BYTES / 2, %cx
        rep stosw
        movl    $INFO_FLAGS, I_FLAGS
        movl    $0x00ffffff, I_BOOT_DEVICE      # no partition
        movb    %dl, I_BOOT_DEVICE + 3
        testb   %dl, %dl
        jns     1f
        subw    $PARTITION_TABLE, %si
        cmpw    $PARTITION_TABLE_END - PARTITION_TABLE, %si
        jae     1f
        shrw    $4, %si                 # 0 to 3
        movw    %si, %ax
        movb    %al, I_BOOT_DEVICE + 2
1:
        movl    $command_line, I_COMMAND_LINE
        movl    $loader_name, I_LOADER_NAME

        call    open_a20
        call    read_memory_map
        call    measure_memory
        testb   $0x80, I_BOOT_DEVICE + 3
        jnz     1f
        movw    $0x3f2, %dx             # the diskette's motor need not run on until somebody drives it
        movb    $0x0c, %al
        outb    %al, %dx
1:
        cli
        lgdtl   gdt_pointer
        movl    %cr0, %eax
        orb     $1, %al
        movl    %eax, %cr0
        ljmp    $CODE32, $protected

# Says the text at SI, waits for a key and starts the machine anew.
fail:
        lodsb
        testb   %al, %al
        jz      1f
        movb    $0x0e, %ah
        movw    $0x0007, %bx
        int     $0x10
        jmp     fail
1:      xorb    %ah, %ah
        int     $0x16
        ljmp    $0xffff, $0

        .include "a20.s"

# --- The memory map, as E820 tells it; a BIOS that does not know it gets a map made of what it does know.

read_memory_map:
        movw    $MEMORY_MAP, %di
        xorl    %ebx, %ebx
1:      movl    $20, (%di)              # size of what follows
        addw    $4, %di
        movl    $0xe820, %eax
        movl    $0x534d4150, %edx       # "SMAP"
        movl    $20, %ecx
        pushw   %di
        int     $0x15
        popw    %di
        jc      2f                      # not known, or the end of the map
        cmpl    $0x534d4150, %eax
        jne     2f
        addw    $20, %di
        cmpw    $MEMORY_MAP_END - MAP_ENTRY, %di
        ja      3f
        testl   %ebx, %ebx
        jnz     1b
        jmp     3f
2:      subw    $4, %di
3:      movzwl  %di, %eax
        subl    $MEMORY_MAP, %eax
        jz      make_memory_map
        movl    %eax, I_MMAP_LENGTH
        movl    $MEMORY_MAP, I_MMAP_ADDRESS
        ret

make_memory_map:
        int     $0x12                   # AX = KiB from 0 on
        movzwl  %ax, %edx
        shll    $10, %edx
        xorl    %eax, %eax
        call    add_range
        xorw    %cx, %cx
        xorw    %dx, %dx
        movw    $0xe801, %ax
        int     $0x15
        jc      1f
        testw   %cx, %cx                # some BIOSes answer in AX and BX, some in CX and DX
        jnz     3f
        movw    %ax, %cx
        movw    %bx, %dx
3:      movzwl  %cx, %ecx               # KiB from 1 to 16 MiB
        movzwl  %dx, %ebx               # 64 KiB blocks above
        shll    $10, %ecx
        shll    $16, %ebx
        movl    $ONE_MEGABYTE, %eax
        movl    %ecx, %edx
        cmpl    $15 * ONE_MEGABYTE, %ecx
        jne     2f                      # a hole below 16 MiB
        addl    %ebx, %edx
        jmp     add_range
2:      call    add_range
        movl    $16 * ONE_MEGABYTE, %eax
        movl    %ebx, %edx
        jmp     add_range
1:      movb    $0x88, %ah              # AX = KiB from 1 MiB on
        int     $0x15
        movzwl  %ax, %edx
        shll    $10, %edx
        movl    $ONE_MEGABYTE, %eax

# Adds EDX bytes of RAM from EAX on, if any, to the map.
add_range:
        testl   %edx, %edx
        jz      1f
        movl    $20, (%di)
        movl    %eax, 4(%di)
        movl    $0, 8(%di)
        movl    %edx, 12(%di)
        movl    $0, 16(%di)
        movl    $TYPE_RAM, 20(%di)
        addw    $MAP_ENTRY, %di
        addl    $MAP_ENTRY, I_MMAP_LENGTH
        movl    $MEMORY_MAP, I_MMAP_ADDRESS
1:      ret

# KiB of RAM below 640 KiB, and from 1 MiB on up to the first hole.
measure_memory:
        int     $0x12
        movzwl  %ax, %eax
        movl    %eax, I_MEM_LOWER
        movl    $ONE_MEGABYTE, %ebx     # the end so far
1:      movw    $MEMORY_MAP, %si        # ranges may come in any order: look again until none continues
        movw    I_MMAP_LENGTH, %cx
        addw    %si, %cx
2:      cmpw    %cx, %si
        jae     4f
        cmpl    $TYPE_RAM, 20(%si)
        jne     3f
        cmpl    $0, 8(%si)
        jne     3f
        movl    4(%si), %eax
        cmpl    %ebx, %eax
        ja      3f
        addl    12(%si), %eax
        jc      5f                      # RAM up to 4 GiB or beyond
        cmpl    $0, 16(%si)
        jne     5f
        cmpl    %ebx, %eax
        jbe     3f
        movl    %eax, %ebx
        jmp     1b
3:      addw    $MAP_ENTRY, %si
        jmp     2b
5:      movl    $0xfffffc00, %ebx
4:      subl    $ONE_MEGABYTE, %ebx
        shrl    $10, %ebx
        movl    %ebx, I_MEM_UPPER
        ret

# --- Protected mode, flat

        .code32
        .set    E_CLASS, KERNEL_IMAGE + 4       # class, byte order
        .set    E_TYPE, KERNEL_IMAGE + 16       # type, machine
        .set    E_ENTRY, KERNEL_IMAGE + 24
        .set    E_PHOFF, KERNEL_IMAGE + 28
        .set    E_PHENTSIZE, KERNEL_IMAGE + 42
        .set    E_PHNUM, KERNEL_IMAGE + 44
        .set    P_TYPE, 0
        .set    P_OFFSET, 4
        .set    P_PADDR, 12
        .set    P_FILESZ, 16
        .set    P_MEMSZ, 20
        .set    PT_LOAD, 1
        .set    PHDR_BYTES, 32

protected:
        movl    $DATA32, %eax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %fs
        movw    %ax, %gs
        movw    %ax, %ss
        movl    $STACK_TOP, %esp

        movl    $not_a_kernel, %ebp     # what to say if a check fails
        cmpl    $0x464c457f, KERNEL_IMAGE       # 7Fh "ELF"
        jne     fail32
        cmpw    $0x0101, E_CLASS        # 32 bits, low byte first
        jne     fail32
        cmpl    $0x00030002, E_TYPE     # an executable, for the 80386
        jne     fail32
        cmpw    $PHDR_BYTES, E_PHENTSIZE
        jne     fail32
        movl    E_PHOFF, %ebx
        movzwl  E_PHNUM, %edx
        movl    %edx, %eax              # the program headers must lie in the file
        shll    $5, %eax
        addl    %ebx, %eax
        jc      fail32
        cmpl    kernel_bytes, %eax
        ja      fail32
        addl    $KERNEL_IMAGE, %ebx
1:      testl   %edx, %edx
        jz      enter_kernel
        decl    %edx
        cmpl    $PT_LOAD, P_TYPE(%ebx)
        jne     2f
        call    load_segment
2:      addl    $PHDR_BYTES, %ebx
        jmp     1b

enter_kernel:
        movl    $MULTIBOOT_MAGIC, %eax
        movl    $INFO, %ebx
        jmp     *E_ENTRY

# EBX = program header. Copies what the file has of the segment and clears the rest.
load_segment:
        movl    $not_a_kernel, %ebp
        movl    P_OFFSET(%ebx), %esi
        movl    P_FILESZ(%ebx), %eax
        cmpl    P_MEMSZ(%ebx), %eax
        ja      fail32
        addl    %esi, %eax
        jc      fail32
        cmpl    kernel_bytes, %eax      # the file must have it
        ja      fail32
        movl    $no_room, %ebp
        movl    P_PADDR(%ebx), %edi
        cmpl    $ONE_MEGABYTE, %edi
        jb      fail32
        movl    I_MEM_UPPER, %eax
        shll    $10, %eax
        addl    $ONE_MEGABYTE, %eax     # the end of RAM
        subl    %edi, %eax
        jbe     fail32
        cmpl    %eax, P_MEMSZ(%ebx)
        ja      fail32
        addl    $KERNEL_IMAGE, %esi
        movl    P_FILESZ(%ebx), %ecx
        movl    %ecx, %eax
        shrl    $2, %ecx
        rep movsl
        movl    %eax, %ecx
        andl    $3, %ecx
        rep movsb
        movl    P_MEMSZ(%ebx), %ecx
        subl    %eax, %ecx
        xorl    %eax, %eax
        movl    %ecx, %ebp
        shrl    $2, %ecx
        rep stosl
        movl    %ebp, %ecx
        andl    $3, %ecx
        rep stosb
        ret

# Says the text at EBP on the line after the BIOS's cursor, and after a key starts the machine anew.
fail32:
        movzbl  BIOS_CURSOR + 1, %eax
        incl    %eax
        cmpl    $24, %eax
        jbe     1f
        movl    $24, %eax
1:      imull   $160, %eax, %edi
        addl    $TEXT_SCREEN, %edi
        movl    %ebp, %esi
        movb    $0x07, %ah
2:      lodsb
        testb   %al, %al
        jz      3f
        stosw
        jmp     2b
3:      inb     $0x64, %al              # no interrupts here: look for the key itself
        testb   $0x01, %al
        jz      3b
        inb     $0x60, %al
        testb   $0x80, %al              # the release of an earlier one does not count
        jnz     3b
        movb    $0xfe, %al              # the keyboard controller's pulse on the reset line
        outb    %al, $0x64
4:      hlt
        jmp     4b

        .section .rodata
loader_name:
        .asciz  "MiniOS setup"
no_a20:
        .asciz  "\r\nThe A20 line stays closed. Press a key to start again."
not_a_kernel:
        .asciz  "The kernel is no i386 ELF executable, or is damaged. Press a key to start again."
no_room:
        .asciz  "Not enough memory for the kernel. Press a key to start again."

        .balign 8
gdt:
        .quad   0
        .quad   0x00cf9b000000ffff      # code, 4 GiB
        .quad   0x00cf93000000ffff      # data, 4 GiB
gdt_pointer:
        .word   gdt_pointer - gdt - 1
        .long   gdt
