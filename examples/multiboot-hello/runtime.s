# What TypeScript's compiler expects of its surroundings. (C++ expects nothing, as we do not use its library.)

# Everything at the top level of the modules is one function. In the table of constructors it is called like one of C++'s.
        .section .init_array, "aw"
        .long   __wasm_start

# `new` takes memory behind "memoryBase", in pages of 64 KiB counted from address 0. We give it all up to 4 MiB, and no more.
        .set    PAGES, 0x400000 >> 16
        .text
        .globl  __memory_size, __memory_grow
__memory_size:
        movl    $PAGES, %eax
        ret
__memory_grow:
        movl    $-1, %eax               # there is no more
        ret
