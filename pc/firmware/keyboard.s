# The keyboard: IRQ 1 turns scan codes (set 1, as the 8042 translates them) into key codes in the buffer at 40:1Eh,
# and int 16h takes them out. The key codes are in keymap.s.
# Sources: IBM BIOS Interface Technical Reference, int 09h and 16h; Intel 8042 / IBM AT keyboard controller commands.

        .code16
        .include "bios.inc"

        .set    OUTPUT_FULL, 0x01       # controller status
        .set    INPUT_FULL, 0x02
        .set    COMMAND_BYTE, 0x65      # translate, mouse off, system flag, IRQ 1 on
        .set    RIGHT_SHIFT, 0x01       # KB_FLAGS
        .set    LEFT_SHIFT, 0x02
        .set    CTRL, 0x04
        .set    ALT, 0x08
        .set    SCROLL, 0x10
        .set    NUM, 0x20
        .set    CAPS, 0x40
        .set    INSERT, 0x80
        .set    LAST_E1, 0x01           # KB_MODE
        .set    LAST_E0, 0x02
        .set    RIGHT_CTRL, 0x04
        .set    RIGHT_ALT, 0x08
        .set    LED_UPDATE, 0x40        # KB_LEDS

        .text
        .globl  setup_keyboard, irq1, int16

# Tests and resets the controller and the keyboard. Without a keyboard the boot goes on. The answers are taken here, so
# meanwhile IRQ 1 only wakes the processor up.
setup_keyboard:
        xorw    %ax, %ax
        movw    %ax, %es
        movw    $key_wakeup, %es:0x09 * 4
        movb    $0xad, %al              # nothing from the keyboard for now
        call    controller_command
        movw    $32, %cx
1:      inb     $KBC_STATUS, %al        # what was typed before does not count
        testb   $OUTPUT_FULL, %al
        jz      2f
        inb     $KBC_DATA, %al
        loop    1b
2:      movb    $0xaa, %al              # self test: 55h
        call    controller_command
        call    controller_answer
        movb    $0x60, %al
        call    controller_command
        movb    $COMMAND_BYTE, %al
        call    keyboard_send
        movb    $0xae, %al
        call    controller_command
        movb    $0xff, %al              # reset: FAh, then AAh when its test is passed
        call    keyboard_send
        call    controller_answer
        jc      3f
        call    controller_answer
3:      movb    $0xf4, %al              # start scanning
        call    keyboard_send
        call    controller_answer
        movb    $0x10, KB_MODE          # a keyboard with 101 keys
        movw    $key_irq_entry, %es:0x09 * 4
        ret

key_wakeup:
        pushw   %ax
        movb    $EOI, %al
        outb    %al, $PIC1
        popw    %ax
        iret

controller_command:                     # AL
        call    wait_input_empty
        outb    %al, $KBC_STATUS
        ret

keyboard_send:                          # AL
        call    wait_input_empty
        outb    %al, $KBC_DATA
        ret

wait_input_empty:
        pushw   %ax
        pushw   %cx
        xorw    %cx, %cx
1:      inb     $KBC_STATUS, %al
        testb   $INPUT_FULL, %al
        loopnz  1b
        popw    %cx
        popw    %ax
        ret

# Waits for a byte, asleep, 18 interrupts at most (which is a second when only ticks come). Returns AL; CF: none came.
controller_answer:
        pushw   %cx
        movw    $18, %cx
1:      cli
        inb     $KBC_STATUS, %al
        testb   $OUTPUT_FULL, %al
        jnz     2f
        sti
        hlt
        loop    1b
        stc
        popw    %cx
        ret
2:      inb     $KBC_DATA, %al
        sti
        clc
        popw    %cx
        ret

# --- IRQ 1

irq1:
        ENTER_SERVICE
        inb     $KBC_DATA, %al
        movb    $0x4f, %ah              # a resident program may change or swallow the code
        stc
        int     $0x15
        jnc     1f
        call    scan_code
        call    update_leds
1:      cli
        movb    $EOI, %al
        outb    %al, $PIC1
        LEAVE_SERVICE

# AL = scan code.
scan_code:
        cmpb    $0xfa, %al
        je      acknowledged
        cmpb    $0xfe, %al
        je      resend
        cmpb    $0xe0, %al
        je      prefix_e0
        cmpb    $0xe1, %al
        je      prefix_e1
        movb    KB_MODE, %cl            # CL = the prefixes of this code
        andb    $0xff - LAST_E0, KB_MODE
        testb   $LAST_E1, %cl
        jnz     pause_sequence
        movb    %al, %ah
        andb    $0x7f, %ah              # AH = key; AL bit 7 = released
        movw    $modifier_table, %si
1:      cmpb    %cs:(%si), %ah
        je      2f
        addw    $3, %si
        cmpw    $modifier_table_end, %si
        jb      1b
        testb   %al, %al
        js      3f
        jmp     key_pressed
2:      jmp     *%cs:1(%si)
3:      ret

acknowledged:
        orb     $0x10, KB_LEDS
        testb   $LED_UPDATE, KB_LEDS    # the keyboard waits for the LEDs' states
        jz      1f
        andb    $0xff - LED_UPDATE, KB_LEDS
        movb    KB_LEDS, %al
        andb    $7, %al
        call    keyboard_send
1:      ret

resend:
        orb     $0x20, KB_LEDS
        andb    $0xff - LED_UPDATE, KB_LEDS
        ret

prefix_e0:
        orb     $LAST_E0, KB_MODE
        ret

prefix_e1:
        orb     $LAST_E1, KB_MODE
        ret

# Pause sends E1 1D 45 E1 9D C5. It has no code here.
pause_sequence:
        andb    $0x7f, %al
        cmpb    $0x45, %al
        jne     1f
        andb    $0xff - LAST_E1, KB_MODE
1:      ret

ctrl_key:
        movw    $(CTRL << 8) + 1, %dx   # DH = its KB_FLAGS bit, DL = left key's KB_FLAGS2 bit
        movb    $RIGHT_CTRL, %bl
        jmp     paired_key
alt_key:
        movw    $(ALT << 8) + 2, %dx
        movb    $RIGHT_ALT, %bl
        testb   %al, %al
        jns     paired_key
        call    paired_key
        testb   $ALT, KB_FLAGS          # released: the character typed as digits is complete
        jnz     1f
        xorw    %ax, %ax
        xchgb   KB_ALT_CODE, %al
        testb   %al, %al
        jnz     store_key
1:      ret

# Left and right key have a bit each, and one together.
paired_key:
        testb   $LAST_E0, %cl
        jnz     2f
        orb     %dl, KB_FLAGS2
        testb   %al, %al
        jns     3f
        notb    %dl
        andb    %dl, KB_FLAGS2
        notb    %dl
        jmp     3f
2:      orb     %bl, KB_MODE
        testb   %al, %al
        jns     3f
        notb    %bl
        andb    %bl, KB_MODE
        notb    %bl
3:      orb     %dh, KB_FLAGS
        testb   %dl, KB_FLAGS2
        jnz     4f
        testb   %bl, KB_MODE
        jnz     4f
        notb    %dh
        andb    %dh, KB_FLAGS
4:      ret

left_shift_key:
        movb    $LEFT_SHIFT, %dh
        jmp     shift_key
right_shift_key:
        movb    $RIGHT_SHIFT, %dh
shift_key:
        testb   $LAST_E0, %cl           # cursor keys wrap themselves in such, which nobody pressed
        jnz     2f
        orb     %dh, KB_FLAGS
        testb   %al, %al
        jns     2f
        notb    %dh
        andb    %dh, KB_FLAGS
2:      ret

caps_key:
        movb    $CAPS, %dh
        jmp     lock_key
num_key:
        movb    $NUM, %dh
        jmp     lock_key
scroll_key:
        testb   $LAST_E0, %cl           # Ctrl + Pause is E0 46
        jnz     break_key
        movb    $SCROLL, %dh
lock_key:
        testb   %al, %al
        js      2f
        testb   %dh, KB_FLAGS2          # held down: it repeats
        jnz     3f
        orb     %dh, KB_FLAGS2
        xorb    %dh, KB_FLAGS
        ret
2:      notb    %dh
        andb    %dh, KB_FLAGS2
3:      ret

break_key:
        testb   %al, %al
        js      1f
        movb    $0x80, BREAK_FLAG
        movw    KB_START, %ax
        movw    %ax, KB_HEAD
        movw    %ax, KB_TAIL
        int     $0x1b
        xorw    %ax, %ax
        jmp     store_key
1:      ret

insert_key:
        testb   %al, %al
        js      1f
        call    key_pressed
        testb   $CTRL + ALT + LEFT_SHIFT + RIGHT_SHIFT, KB_FLAGS
        jnz     2f
        testb   $LAST_E0, %cl           # with NumLock the keypad's key was a 0
        jnz     3f
        testb   $NUM, KB_FLAGS
        jnz     2f
3:      testb   $INSERT, KB_FLAGS2
        jnz     2f
        orb     $INSERT, KB_FLAGS2
        xorb    $INSERT, KB_FLAGS
2:      ret
1:      andb    $0xff - INSERT, KB_FLAGS2
        ret

system_request_key:
        rolb    $1, %al                 # AL = 0 pressed, 1 released
        andb    $1, %al
        movb    $0x85, %ah
        int     $0x15
        ret

print_key:
        testb   %al, %al
        js      1f
        testb   $LAST_E0, %cl
        jz      key_pressed             # the keypad's asterisk
        testb   $CTRL + ALT, KB_FLAGS
        jnz     key_pressed
        int     $0x05
1:      ret

# AH = key, CL = prefixes.
key_pressed:
        cmpb    $0x53, %ah              # Del
        jne     1f
        movb    KB_FLAGS, %al
        andb    $CTRL + ALT, %al
        cmpb    $CTRL + ALT, %al
        je      warm_start
1:      testb   $LAST_E0, %cl
        jnz     extended_key
        cmpb    $0x58, %ah
        ja      9f
        movzbw  %ah, %si
        shlw    $3, %si
        addw    $key_table, %si
        movb    KB_FLAGS, %al
        testb   $ALT, %al
        jnz     alt_code
        testb   $CTRL, %al
        jnz     2f
        call    is_shifted
        jc      3f
        movw    %cs:(%si), %ax
        jmp     store_translated
2:      movw    %cs:4(%si), %ax
        jmp     store_translated
3:      movw    %cs:2(%si), %ax
        jmp     store_translated

alt_code:
        movw    %cs:6(%si), %dx
        testw   %dx, %dx
        jnz     4f
        movw    %cs:2(%si), %dx         # a keypad digit?
        cmpb    $0x47, %ah
        jb      9f
        subb    $'0', %dl
        cmpb    $9, %dl
        ja      9f
        movb    KB_ALT_CODE, %al
        movb    $10, %ah
        mulb    %ah
        addb    %dl, %al
        movb    %al, KB_ALT_CODE
9:      ret
4:      movw    %dx, %ax

store_translated:
        testw   %ax, %ax
        jnz     store_key
        ret

# CF when the key AH has its shifted meaning. CapsLock turns the letters round, NumLock the keypad. Changes AL.
is_shifted:
        xorb    %al, %al
        testb   $LEFT_SHIFT + RIGHT_SHIFT, KB_FLAGS
        jz      1f
        incb    %al
1:      cmpb    $0x47, %ah
        jb      3f
        cmpb    $0x53, %ah
        ja      2f
        testb   $NUM, KB_FLAGS
        jz      2f
        xorb    $1, %al
2:      shrb    $1, %al
        ret
3:      testb   $CAPS, KB_FLAGS
        jz      2b
        pushw   %ax
        movb    %cs:(%si), %al          # a letter has a small letter as its plain meaning
        cmpb    $'a', %al
        jb      4f
        cmpb    $'z', %al
        ja      4f
        popw    %ax
        xorb    $1, %al
        jmp     2b
4:      popw    %ax
        jmp     2b

extended_key:
        movw    $extended_key_table, %si
1:      cmpb    %cs:(%si), %ah
        je      2f
        addw    $7, %si
        cmpw    $extended_key_table_end, %si
        jb      1b
        ret
2:      movb    KB_FLAGS, %al
        testb   $ALT, %al
        jnz     4f
        testb   $CTRL, %al
        jnz     3f
        movw    %cs:1(%si), %ax
        jmp     store_key
3:      movw    %cs:3(%si), %ax
        jmp     store_key
4:      movw    %cs:5(%si), %ax

# Puts AX into the buffer. CF: it is full, and the key is lost.
store_key:
        pushw   %bx
        movw    KB_TAIL, %bx
        call    next_key
        cmpw    KB_HEAD, %bx
        je      1f
        xchgw   KB_TAIL, %bx
        movw    %ax, (%bx)
        popw    %bx
        clc
        ret
1:      popw    %bx
        stc
        ret

next_key:                               # BX = place in the buffer; returns the next one
        addw    $2, %bx
        cmpw    KB_END, %bx
        jb      1f
        movw    KB_START, %bx
1:      ret

warm_start:
        movw    $0x1234, RESET_FLAG
        movb    $0xfe, %al              # the controller's pulse on the processor's reset line
        outb    %al, $KBC_STATUS
        movw    $0xffff, %cx
1:      loop    1b
        ljmp    $BIOS_SEGMENT, $0xe05b

# Sends the lock states to the LEDs when they differ; the rest happens as the keyboard acknowledges.
update_leds:
        movb    KB_FLAGS, %al
        shrb    $4, %al
        andb    $7, %al
        movb    KB_LEDS, %ah
        testb   $LED_UPDATE, %ah
        jnz     1f
        andb    $7, %ah
        cmpb    %al, %ah
        je      1f
        andb    $0xf8, KB_LEDS
        orb     %al, KB_LEDS
        orb     $LED_UPDATE, KB_LEDS
        movb    $0xed, %al
        call    keyboard_send
1:      ret

# --- int 16h

int16:
        ENTER_SERVICE
        sti
        movw    $key_services, %si
1:      cmpb    $0xff, %cs:(%si)
        je      2f
        cmpb    %cs:(%si), %ah
        je      3f
        addw    $3, %si
        jmp     1b
3:      call    *%cs:1(%si)
2:      LEAVE_SERVICE

# 00h: waits for a key that the old keyboard had as well. 10h: for any key.
read_key:
        call    wait_key
        call    old_key
        jc      read_key
        movw    %ax, F_AX(%bp)
        ret

read_extended_key:
        call    wait_key
        movw    %ax, F_AX(%bp)
        ret

wait_key:                               # returns AX
        cli
        movw    KB_HEAD, %bx
        cmpw    KB_TAIL, %bx
        jne     1f
        sti
        hlt
        jmp     wait_key
1:      movw    (%bx), %ax
        call    next_key
        movw    %bx, KB_HEAD
        sti
        ret

# 01h, 11h: ZF clear and AX = the next key, which stays.
peek_key:
        call    peek
        jz      2f
        call    old_key
        jnc     1f
        cli                             # a key that 00h skips
        movw    KB_HEAD, %bx
        call    next_key
        movw    %bx, KB_HEAD
        sti
        jmp     peek_key
1:      movw    %ax, F_AX(%bp)
        andb    $0xff - ZERO, F_FLAGS(%bp)
        ret
2:      orb     $ZERO, F_FLAGS(%bp)
        ret

peek_extended_key:
        call    peek
        jz      2b
        jmp     1b

peek:                                   # ZF: no key; else AX
        cli
        movw    KB_HEAD, %bx
        movw    (%bx), %ax
        cmpw    KB_TAIL, %bx
        sti
        ret

# Turns AX into what programs knew before there were 101 keys. CF: there is no such thing.
old_key:
        testb   %ah, %ah
        jz      3f                      # typed as Alt + digits, or Ctrl-Break
        cmpb    $0xe0, %ah              # keypad Enter and slash
        je      1f
        cmpb    $0xe0, %al              # grey cursor keys
        jne     2f
        xorb    %al, %al
2:      cmpb    $0x85, %ah              # F11 and whatever came with it
        cmc
        ret
1:      movb    $0x35, %ah
        cmpb    $'/', %al
        je      3f
        movb    $0x1c, %ah
3:      clc
        ret

# 02h, 12h: the shift keys.
shift_state:
        movb    KB_FLAGS, %al
        movb    %al, F_AL(%bp)
        ret

extended_shift_state:
        movb    KB_FLAGS, %al
        movb    %al, F_AL(%bp)
        movb    KB_FLAGS2, %al          # locks held down and left keys
        andb    $0x73, %al
        movb    KB_MODE, %ah            # right keys stand in bits 2 and 3
        andb    $RIGHT_CTRL + RIGHT_ALT, %ah
        orb     %ah, %al
        testb   $0x04, KB_FLAGS2        # system request held down
        jz      1f
        orb     $0x80, %al
1:      movb    %al, F_AH(%bp)
        ret

# 03h, AL = 5: BH = delay, BL = rate of repetition.
set_typematic:
        cmpb    $5, %al
        jne     1f
        cli
        movb    $0xf3, %al
        call    keyboard_send
        call    swallow_answer
        movb    %bh, %al
        andb    $3, %al
        shlb    $5, %al
        andb    $0x1f, %bl
        orb     %bl, %al
        call    keyboard_send
        call    swallow_answer
        sti
1:      ret

# The answer comes with IRQ 1, whose handler takes it.
swallow_answer:
        sti
        hlt
        cli
        ret

# 05h: stores CX as if it had been typed. AL = 0, or 1: no room.
push_key:
        cli
        movw    %cx, %ax
        call    store_key
        sti
        movb    $0, F_AL(%bp)
        jnc     1f
        movb    $1, F_AL(%bp)
1:      ret

# 09h: what the others of these services are there. 0Ah: what keyboard it is.
key_capabilities:
        movb    $0x24, F_AL(%bp)        # 0Ah, 10h-12h
        ret

keyboard_id:
        movw    $0x41ab, F_BX(%bp)      # MF2, translated
        ret

        .section .rodata
key_services:
        .byte   0x00
        .word   read_key
        .byte   0x01
        .word   peek_key
        .byte   0x02
        .word   shift_state
        .byte   0x03
        .word   set_typematic
        .byte   0x05
        .word   push_key
        .byte   0x09
        .word   key_capabilities
        .byte   0x0a
        .word   keyboard_id
        .byte   0x10
        .word   read_extended_key
        .byte   0x11
        .word   peek_extended_key
        .byte   0x12
        .word   extended_shift_state
        .byte   0xff

modifier_table:
        .byte   0x1d
        .word   ctrl_key
        .byte   0x2a
        .word   left_shift_key
        .byte   0x36
        .word   right_shift_key
        .byte   0x37
        .word   print_key
        .byte   0x38
        .word   alt_key
        .byte   0x3a
        .word   caps_key
        .byte   0x45
        .word   num_key
        .byte   0x46
        .word   scroll_key
        .byte   0x52
        .word   insert_key
        .byte   0x54
        .word   system_request_key
modifier_table_end:
