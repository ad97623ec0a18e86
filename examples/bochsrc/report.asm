; A boot sector that tells on what machine it runs: memory and the first hard disk, as the BIOS knows them.
; Source: the BIOS interrupts 12h, 13h and 15h in Ralf Brown's Interrupt List. Syntax: NASM.

        bits    16
        org     0x7c00

start:  xor     ax, ax
        mov     ds, ax
        mov     ss, ax
        mov     sp, 0x7c00
        cld
        mov     ax, 0x0003              ; an empty screen
        int     0x10

        mov     si, memory
        call    print
        mov     ah, 0x88                ; KiB of memory from 1 MiB on, in AX
        int     0x15
        add     ax, 1024 + 512          ; the first MiB, and rounded
        shr     ax, 10
        call    print_number

        mov     si, disk
        call    print
        mov     ah, 0x08                ; the drive's geometry
        mov     dl, 0x80                ; of the first hard disk
        int     0x13
        jc      none
        mov     [heads], dh             ; the last head, counted from 0
        mov     al, cl                  ; CL: sectors in a track (6 bits), and two high bits of the last cylinder
        and     al, 0x3f
        mov     [sectors], al
        mov     al, ch                  ; CH: its low bits
        mov     ah, cl
        shr     ah, 6
        inc     ax                      ; counted from 0
        call    print_number
        mov     si, by
        call    print
        mov     al, [heads]
        xor     ah, ah
        inc     ax
        call    print_number
        mov     si, by
        call    print
        mov     al, [sectors]
        xor     ah, ah
        call    print_number
        jmp     stop
none:   mov     si, no_disk
        call    print
stop:   hlt
        jmp     stop

; Prints the text at SI, which ends with a zero byte.
print:  lodsb
        test    al, al
        jz      .done
        call    put
        jmp     print
.done:  ret

; Prints AX in decimal.
print_number:
        xor     dx, dx
        mov     cx, 10
        div     cx                      ; AX = AX / 10, DX = the rest
        push    dx
        test    ax, ax
        jz      .last
        call    print_number            ; the digits before it
.last:  pop     ax
        add     al, '0'                 ; falls into put

; Prints the character in AL.
put:    mov     ah, 0x0e
        xor     bx, bx
        int     0x10
        ret

heads:   db     0
sectors: db     0
memory:  db     "Memory in MiB: ", 0
disk:    db     13, 10, "Disk (cylinders x heads x sectors): ", 0
by:      db     " x ", 0
no_disk: db     "none", 0

        times   510 - ($ - $$) db 0
        dw      0xaa55
