// @ts-nocheck: TypeScript knows no decorators of functions; asc does, and checks this file.
// What the assembly files of this folder give to TypeScript: entry.s, interrupts.s, context.s and transfer.s. Each is an import of the
// WebAssembly module "assembly": an external symbol, called by the cdecl convention. A symbol's address can't be imported,
// so the functions named …Address return it.

/** Loads the data segment registers with `data` and CS with `code` (a far jump). */
@external("assembly", "reloadSegments") export declare function reloadSegments(code: u32, data: u32): void;

/** Pushes the callee-saved registers, stores ESP at `save`, loads ESP with `stackPointer`, pops, returns there. */
@external("assembly", "switchContext") export declare function switchContext(save: usize, stackPointer: usize): void;

/** Where a new thread starts: it calls the exported `threadMain`, with EBP 0, which ends a stack trace. */
@external("assembly", "threadStartAddress") export declare function threadStartAddress(): usize;

/** A table of 48 addresses: the entry stubs of vectors 0 to 47. */
@external("assembly", "interruptStubsAddress") export declare function interruptStubsAddress(): usize;

/** Where the double-fault task starts, and the top of its stack. */
@external("assembly", "doubleFaultStartAddress") export declare function doubleFaultStartAddress(): usize;
@external("assembly", "doubleFaultStackTop") export declare function doubleFaultStackTop(): usize;

/** The stack that entry.s runs on, which becomes the idle thread's. */
@external("assembly", "bootStackBottom") export declare function bootStackBottom(): usize;

/** The kernel's first byte and the first byte after it (code, data and .bss), from kernel.ld. */
@external("assembly", "kernelStartAddress") export declare function kernelStartAddress(): usize;
@external("assembly", "kernelEndAddress") export declare function kernelEndAddress(): usize;

/** The read-only part: page aligned, from the first byte of .text to the end of .rodata. */
@external("assembly", "readOnlyStartAddress") export declare function readOnlyStartAddress(): usize;
@external("assembly", "readOnlyEndAddress") export declare function readOnlyEndAddress(): usize;

/** The symbol table for panics (.ksyms); start and end are equal in a kernel that has none. */
@external("assembly", "ksymsStartAddress") export declare function ksymsStartAddress(): usize;
@external("assembly", "ksymsEndAddress") export declare function ksymsEndAddress(): usize;

/** Moves `count` 16-bit words between a port and memory (transfer.s). */
@external("assembly", "readPortWords") export declare function readPortWords(port: u32, address: usize, count: u32): void;
@external("assembly", "writePortWords") export declare function writePortWords(port: u32, address: usize, count: u32): void;
