// @ts-nocheck: an editor knows no decorators of functions; the compiler does, and checks this file.
// Instructions that cannot be said in TypeScript. A call of one of these becomes the instruction itself.

/** Reads a byte from an I/O port. */
@external("cpu", "in8") export declare function in8(port: u32): u32;

/** Writes a byte to an I/O port. */
@external("cpu", "out8") export declare function out8(port: u32, value: u32): void;

/** No more interrupts. */
@external("cpu", "cli") export declare function cli(): void;

/** Sleeps until an interrupt comes. */
@external("cpu", "hlt") export declare function hlt(): void;
