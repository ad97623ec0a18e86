; A boot sector that says hello, and from which drive it was read.
; Sources: the BIOS interrupts in Ralf Brown's Interrupt List; Intel's Software Developer's Manual, volume 2.
; Syntax: NASM. The target comes first, then the source; square brackets are memory.

        bits    16                      ; the processor starts in 16-bit "real" mode
        org     0x7c00                  ; the BIOS puts this sector at address 7C00h

start:  xor     ax, ax
        mov     ds, ax                  ; addresses in this program count from 0
        mov     ss, ax
        mov     sp, 0x7c00              ; the stack grows down from here
        cld                             ; lodsb goes forward
        mov     [drive], dl             ; the BIOS tells the drive: 00h is A, 80h the first hard disk

        mov     ax, 0x0003              ; function 0, mode 3: 80 x 25 characters, an empty screen
        int     0x10                    ; the BIOS's screen services

        mov     si, hello
        call    print

        mov     al, [drive]             ; its high four bits, then its low four bits
        shr     al, 4
        call    print_digit
        mov     al, [drive]
        and     al, 0x0f
        call    print_digit

stop:   hlt                             ; sleep until something happens (a key, the timer), ...
        jmp     stop                    ; ... and go on sleeping

; Prints the text at SI, which ends with a zero byte.
print:  lodsb                           ; AL = the byte at SI; SI = SI + 1
        test    al, al
        jz      .done
        call    print_character
        jmp     print
.done:  ret

; Prints the number in AL, 0 to 15, as a hexadecimal digit.
print_digit:
        add     al, '0'
        cmp     al, '9'
        jbe     print_character
        add     al, 'A' - '9' - 1       ; falls into print_character

; Prints the character in AL, where the cursor is.
print_character:
        mov     ah, 0x0e                ; function 0Eh: write like a typewriter
        xor     bx, bx                  ; on page 0
        int     0x10
        ret

drive:  db      0
hello:  db      "Hello from 512 bytes! I was read from drive ", 0

        times   510 - ($ - $$) db 0     ; fill up to byte 510; an error when the program is longer
        dw      0xaa55                  ; by this mark (bytes 55h, AAh) the BIOS knows a boot sector
