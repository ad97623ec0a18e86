# IDE as a driver sees it: the primary channel with a disk as master, the secondary one with a CD-ROM drive. A line for each thing that
# is tried: a name, and the registers after it. The disk's sectors hold their own number in every byte.

        .include "report.inc"

        .set    PRIMARY, 0x1f0
        .set    SECONDARY, 0x170
        .set    BUFFER, 0x9000
        .set    TABLE, 0x8e00

        # Device, count, LBA low, mid, high, command on the channel in BX; waits, and sends status and registers 1 to 6.
        .macro  TRY name, device, count, low, mid, high, command
        TEXT    "\name"
        call    try
        .byte   \device, \count, \low, \mid, \high, \command
        .endm
        .macro  READ_OUT
        call    read_out
        .endm

begin:  movw    $PRIMARY, %bx
        call    show_after_reset
        TRY     "identify", 0xa0, 0, 0, 0, 0, 0xec
        call    identify_words
        TRY     "read", 0xe0, 1, 5, 0, 0, 0x20
        READ_OUT
        TRY     "read2", 0xe0, 2, 7, 0, 0, 0x20
        READ_OUT
        READ_OUT
        TRY     "chs", 0xa1, 1, 2, 1, 0, 0x20           # cylinder 1, head 1, sector 2
        READ_OUT
        TRY     "end", 0xef, 1, 0xff, 0xff, 0xff, 0x20  # no such sector
        TRY     "setmul3", 0xe0, 3, 0, 0, 0, 0xc6
        TRY     "setmul4", 0xe0, 4, 0, 0, 0, 0xc6
        TRY     "multiple4", 0xe0, 4, 8, 0, 0, 0xc4
        READ_OUT
        READ_OUT
        READ_OUT
        READ_OUT
        TRY     "verify", 0xe0, 4, 8, 0, 0, 0x40
        TRY     "write", 0xe0, 1, 20, 0, 0, 0x30
        call    write_out
        TRY     "reread", 0xe0, 1, 20, 0, 0, 0x20
        READ_OUT
        TRY     "flush", 0xe0, 0, 0, 0, 0, 0xe7
        TRY     "power", 0xe0, 0, 0, 0, 0, 0xe5
        TRY     "packet", 0xa0, 0, 0, 0, 0, 0xa1
        TRY     "unknown", 0xa0, 0, 0, 0, 0, 0xff
        TRY     "nop", 0xa0, 0, 0, 0, 0, 0x00
        TRY     "native", 0xe0, 0, 0, 0, 0, 0xf8
        TRY     "recal", 0xa0, 0, 0, 0, 0, 0x10
        TRY     "diagnose", 0xa0, 0, 0, 0, 0, 0x90
        call    wide_address            # 48 bits: the upper halves first
        TRY     "wide", 0x40, 1, 30, 0, 0, 0x24
        READ_OUT
        call    dma
        TEXT    "noslave "
        movw    $PRIMARY + 6, %dx
        movb    $0xb0, %al
        outb    %al, %dx
        incw    %dx
        inb     %dx, %al
        call    hex_byte
        TEXT    "\n"

        movw    $SECONDARY, %bx
        call    show_after_reset
        TRY     "cd identify", 0xa0, 0, 0, 0, 0, 0xec
        TRY     "cd packet", 0xa0, 0, 0, 0, 0, 0xa1
        call    skip_sector
        call    settle
        call    registers
        TRY     "cd read", 0xe0, 1, 0, 0, 0, 0x20
        movw    $capacity, %si
        call    packet
        call    packet_data
        movw    $read_10, %si
        call    packet
        call    packet_data
        movw    $bad_read, %si
        call    packet
        movw    $sense, %si
        call    packet
        call    packet_data
        movw    $ready, %si
        call    packet
        movw    $toc, %si
        call    packet
        call    packet_data
        movw    $unknown, %si
        call    packet
        movw    $sense, %si
        call    packet
        call    packet_data
        TRY     "cd device reset", 0xa0, 0, 0, 0, 0, 0x08
        TEXT    "end\n"
1:      hlt
        jmp     1b

capacity:
        .byte   0x25, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
read_10:
        .byte   0x28, 0, 0, 0, 0, 3, 0, 0, 1, 0, 0, 0
bad_read:
        .byte   0x28, 0, 0, 0, 0, 100, 0, 0, 1, 0, 0, 0
sense:  .byte   0x03, 0, 0, 0, 18, 0, 0, 0, 0, 0, 0, 0
ready:  .byte   0x00, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
toc:    .byte   0x43, 0, 0, 0, 0, 0, 0, 0, 32, 0, 0, 0
unknown:
        .byte   0xfe, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0

# Waits until the drive of channel BX is not busy.
settle: pushw   %ax
        pushw   %dx
        movw    %bx, %dx
        addw    $7, %dx
1:      inb     %dx, %al
        testb   $0x80, %al
        jnz     1b
        popw    %dx
        popw    %ax
        ret

# Status, then registers 1 to 6.
registers:
        pushw   %cx
        movw    %bx, %dx
        addw    $7, %dx
        inb     %dx, %al
        call    space_byte
        subw    $6, %dx
        movw    $6, %cx
1:      inb     %dx, %al
        call    space_byte
        incw    %dx
        loop    1b
        TEXT    "\n"
        popw    %cx
        ret

space_byte:
        TEXT    " "
        jmp     hex_byte

show_after_reset:
        movw    %bx, %dx
        addw    $6, %dx
        movb    $0xa0, %al
        outb    %al, %dx
        addw    $0x200, %dx
        movb    $0x0c, %al
        outb    %al, %dx
        movw    $100, %cx
1:      inb     %dx, %al
        loop    1b
        movb    $0x08, %al
        outb    %al, %dx
        call    settle
        TEXT    "reset"
        jmp     registers

try:    popw    %si
        call    settle
        movw    %bx, %dx
        addw    $6, %dx
        cs lodsb
        outb    %al, %dx
        call    settle
        subw    $4, %dx
        movw    $4, %cx
1:      cs lodsb
        outb    %al, %dx
        incw    %dx
        loop    1b
        incw    %dx
        cs lodsb
        outb    %al, %dx
        pushw   %si
        movw    $100, %cx               # 400 ns, and then some
        movw    %bx, %dx
        addw    $0x206, %dx
2:      inb     %dx, %al
        loop    2b
        call    settle
        jmp     registers

# Takes a sector: its first and last word, and the status.
read_out:
        movw    %bx, %dx
        movw    $BUFFER, %di
        movw    $256, %cx
        rep insw
        TEXT    "data "
        movw    BUFFER, %ax
        call    hex_word
        movw    BUFFER + 510, %ax
        call    hex_word
        call    settle
        movw    %bx, %dx
        addw    $7, %dx
        inb     %dx, %al
        call    space_byte
        TEXT    "\n"
        ret

skip_sector:
        movw    %bx, %dx
        movw    $256, %cx
1:      inw     %dx, %ax
        loop    1b
        ret

write_out:
        movw    %bx, %dx
        movw    $256, %cx
        movw    $0x1234, %ax
1:      outw    %ax, %dx
        loop    1b
        call    settle
        TEXT    "written"
        jmp     registers

# Words of IDENTIFY DEVICE that do not depend on who made the drive.
identify_words:
        movw    %bx, %dx
        movw    $BUFFER, %di
        movw    $256, %cx
        rep insw
        TEXT    "words"
        movw    $word_list, %si
1:      lodsw
        testw   %ax, %ax
        js      2f
        movw    %ax, %di
        addw    %di, %di
        TEXT    " "
        movw    BUFFER(%di), %ax
        call    hex_word
        jmp     1b
2:      TEXT    "\n"
        ret
word_list:
        .word   0, 1, 3, 6, 47, 49, 53, 54, 55, 56, 57, 58, 60, 61, 63, 64, 83, 84, 88, 100, 101, 102, -1

wide_address:
        movw    $PRIMARY + 2, %dx
        xorb    %al, %al
        movw    $4, %cx
1:      outb    %al, %dx
        incw    %dx
        loop    1b
        ret

# READ DMA of two sectors into two regions.
dma:    movl    $0x80000920, %eax       # where the BIOS has put the bus master
        movw    $0xcf8, %dx
        outl    %eax, %dx
        movw    $0xcfc, %dx
        inl     %dx, %eax
        andw    $0xfff0, %ax
        movw    %ax, %bp
        movl    $BUFFER, TABLE
        movl    $512, TABLE + 4
        movl    $BUFFER + 0x400, TABLE + 8
        movl    $0x80000000 + 512, TABLE + 12
        leaw    4(%bp), %dx
        movl    $TABLE, %eax
        outl    %eax, %dx
        movw    %bp, %dx
        movb    $0x08, %al
        outb    %al, %dx
        addw    $2, %dx
        movb    $0x06, %al
        outb    %al, %dx
        TRY     "dma", 0xe0, 2, 40, 0, 0, 0xc8
        leaw    2(%bp), %dx
        inb     %dx, %al
        TEXT    "waiting"
        call    space_byte
        TEXT    "\n"
        movw    %bp, %dx
        movb    $0x09, %al
        outb    %al, %dx
        movw    $0x4000, %cx
        addw    $2, %dx
1:      inb     %dx, %al
        testb   $0x04, %al
        loopz   1b
        TEXT    "moved"
        call    space_byte
        movb    $0x04, %al
        outb    %al, %dx
        inb     %dx, %al
        call    space_byte
        movw    %bp, %dx
        xorb    %al, %al
        outb    %al, %dx
        TEXT    " "
        movw    BUFFER, %ax
        call    hex_word
        movw    BUFFER + 0x400, %ax
        call    hex_word
        call    settle
        jmp     registers

# Sends the packet at SI to the drive of channel BX; at most 2048 bytes at a time.
packet: call    settle
        movw    %bx, %dx
        incw    %dx
        xorb    %al, %al
        outb    %al, %dx
        addw    $3, %dx
        outb    %al, %dx
        incw    %dx
        movb    $8, %al
        outb    %al, %dx
        addw    $2, %dx
        movb    $0xa0, %al
        outb    %al, %dx
        call    settle
        TEXT    "packet "
        movb    (%si), %al
        call    hex_byte
        call    registers
        movw    %bx, %dx
        movw    $6, %cx
        rep outsw
        movw    $100, %cx
        movw    %bx, %dx
        addw    $0x206, %dx
1:      inb     %dx, %al
        loop    1b
        call    settle
        TEXT    "phase"
        jmp     registers

# As many bytes as the drive says; the first 20 of them.
packet_data:
        movw    $BUFFER, %di
        pushw   %di
        movw    $32, %cx                # clear first: the reply may be short
        xorw    %ax, %ax
        rep stosw
        popw    %di
        movw    %bx, %dx
        addw    $4, %dx
        inb     %dx, %al
        movb    %al, %cl
        incw    %dx
        inb     %dx, %al
        movb    %al, %ch
        shrw    $1, %cx
        movw    %bx, %dx
        rep insw
        TEXT    "reply"
        movw    $BUFFER, %si
        movw    $20, %cx
1:      lodsb
        call    space_byte
        loop    1b
        TEXT    "\n"
        call    settle
        TEXT    "status"
        jmp     registers
