# Paging: error codes, CR2, accessed and dirty bits, write protection, and translations that stay until they are flushed.
# Source: SDM volume 3, chapter 4.

        .include "system.inc"

        .set    PAGE, 0x00400000                # the second page table's first page is the test's
        .set    P, 1
        .set    W, 2
        .set    U, 4
        .set    ACCESSED, 0x20
        .set    DIRTY, 0x40
        .set    FRAME, 0x00200000               # where it points
        .set    OTHER_FRAME, 0x00201000
        .set    WP, 0x10000

        .text
test:
        movl    $0, flags_shown
        movl    $0x11111111, FRAME
        movl    $0x22222222, OTHER_FRAME
        # The first four megabytes are mapped as they are, for everyone (ring 3 runs here too).
        movl    $table0, %edi
        movl    $P | W | U, %eax
        movl    $1024, %ecx
1:      stosl
        addl    $0x1000, %eax
        loop    1b
        movl    $table0 + (P | W | U), directory
        movl    $table1 + (P | W | U), directory + 4
        movl    $directory, %eax
        movl    %eax, %cr3
        movl    %cr0, %eax
        orl     $0x80000000, %eax
        movl    %eax, %cr0
        jmp     1f
1:
        call    say
        .asciz  "ring 0, WP off\n"
        call    kinds_of_pages
        movl    %cr0, %eax
        orl     $WP, %eax
        movl    %eax, %cr0
        call    say
        .asciz  "ring 0, WP on\n"
        call    kinds_of_pages

        call    say
        .asciz  "ring 3\n"
        movl    $3, ring
        call    kinds_of_pages
        movl    $0, ring

        call    say
        .asciz  "directory entry's rights\n"
        movl    $3, ring
        movl    $table1 + (P | W), directory + 4
        movl    $FRAME + (P | W | U), %eax
        call    map
        call    read_and_write
        movl    $table1 + (P | U), directory + 4
        movl    $FRAME + (P | W | U), %eax
        call    map
        call    read_and_write
        movl    $0, ring
        movl    $table1 + (W | U), directory + 4
        movl    $FRAME + (P | W | U), %eax
        call    map
        call    read_and_write
        movl    $table1 + (P | W | U), directory + 4

        call    say
        .asciz  "accessed and dirty\n"
        andl    $~ACCESSED, directory + 4
        movl    $FRAME + (P | W | U), %eax
        call    map
        show    "entry", table1
        movl    PAGE, %eax
        show    "read", table1
        movzbl  directory + 4, %eax
        show    "directory", %eax
        movl    $0x33333333, PAGE
        show    "written", table1
        andl    $~(ACCESSED | DIRTY), table1
        movl    PAGE, %eax
        show    "cached: a read does not set it again", table1
        invlpg  PAGE
        movl    PAGE, %eax
        show    "flushed: it does", table1
        andl    $~DIRTY, table1
        invlpg  PAGE
        lock
        addl    $1, PAGE
        show    "read, modified, written", table1
        andl    $~DIRTY, table1
        invlpg  PAGE
        cmpl    $0, PAGE
        show    "compared", table1
        movl    $FRAME + P, %eax                # read-only: a fault must not set D
        call    map
        try     "write to a read-only page", movl %eax, PAGE
        show    "not dirty", table1

        call    say
        .asciz  "old translations\n"
        movl    $FRAME + (P | W | U), %eax
        call    map
        movl    $0x11111111, PAGE
        movl    PAGE, %eax
        movl    $OTHER_FRAME + (P | W | U), table1
        invlpg  PAGE
        show    "after invlpg", PAGE
        movl    $FRAME + (P | W | U), table1
        movl    %cr3, %eax
        movl    %eax, %cr3
        show    "after cr3", PAGE
        movl    $0, table1
        invlpg  PAGE
        try     "after it is gone", movl PAGE, %eax
        movl    $FRAME + (P | W | U), table1
        show    "what was absent is not remembered", PAGE

        call    say
        .asciz  "across two pages\n"
        movl    $FRAME + (P | W | U), %eax
        call    map
        movl    $0, table1 + 4
        try     "read a doubleword over the end", movl PAGE + 0xffd, %eax
        try     "write a doubleword over the end", movl %eax, PAGE + 0xfff
        movl    $0x44444444, PAGE + 0xffc
        movl    $0x12345678, %eax
        try     "write two bytes on each", movl %eax, PAGE + 0xffe
        show    "nothing written", PAGE + 0xffc
        movl    $OTHER_FRAME + (P | W | U), table1 + 4
        try     "both there", movl %eax, PAGE + 0xffe
        show    "first", PAGE + 0xffc
        show    "second", PAGE + 0x1000
        movl    $OTHER_FRAME + P, table1 + 4
        invlpg  PAGE + 0x1000
        movl    $0, %eax
        try     "second read-only", movl %eax, PAGE + 0xffe
        show    "nothing written", PAGE + 0xffc
        movl    $3, %ecx
        movl    $PAGE + 0xff8, %edi
        cld
        movl    $0x55555555, %eax
        try     "rep stosd into it", rep stosl
        show    "ecx", %ecx
        show    "edi", %edi

        call    say
        .asciz  "fetch\n"
        movl    $0, table1
        invlpg  PAGE
        call    say
        .asciz  "jump to an absent page: "
        movl    %esp, saved_stack
        movl    $1f, resume
        movl    $PAGE, attempt
        jmp     *jump_target
1:
        movl    $FRAME + (P | W | U), %eax
        call    map
        movw    $0x9090, PAGE + 0xffe           # two no-operations at the end, and then nothing
        movl    $0, table1 + 4
        invlpg  PAGE + 0x1000
        movl    $PAGE + 0xffe, attempt
        movl    $PAGE + 0xffe, jump_target
        call    say
        .asciz  "run over the end: "
        movl    $1f, resume
        jmp     *jump_target
1:      movb    $0xb8, PAGE + 0xffe             # mov $…, %eax whose last three bytes are absent
        movl    $PAGE + 0xffe, attempt
        call    say
        .asciz  "an instruction over the end: "
        movl    $1f, resume
        jmp     *jump_target
1:      ret

# Maps the test's page by entry EAX.
map:
        movl    %eax, table1
        movl    %cr3, %eax
        movl    %eax, %cr3
        ret

kinds_of_pages:
        .irp    rights, 0, P, P|W, P|U, P|W|U, W|U
        call    say
        .asciz  " page \rights\n"
        movl    $FRAME + (\rights), %eax
        call    map
        call    read_and_write
        .endr
        ret

# Reads, writes, and adds, in ring 0 or 3.
read_and_write:
        cmpl    $3, ring
        je      1f
        try     "  read", movl PAGE, %eax
        try     "  write", movl %eax, PAGE
        try     "  add", addl %eax, PAGE
        ret
1:
        try3    "  read", user_read
        try3    "  write", user_write
        try3    "  add", user_add
        ret

        # What ring 3 does; the interrupt after it tells that it was done.
user_read:
        movl    PAGE, %eax
        int3
user_write:
        movl    %eax, PAGE
        int3
user_add:
        addl    %eax, PAGE
        int3

        .data
        .balign 4
ring:   .long   0
jump_target:
        .long   PAGE

        .bss
        .balign 4096
directory:
        .skip   4096
table0: .skip   4096
table1: .skip   4096
