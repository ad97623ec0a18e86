// @ts-nocheck: an editor knows no decorators of functions; the compiler does, and checks this file.
// What TypeScript has no words for. Names of module "cpu" become the instruction itself; the others are functions in start.s.

/** Reads a byte from a port; writes one. */
@external("cpu", "in8") export declare function in8(port: u32): u32;
@external("cpu", "out8") export declare function out8(port: u32, value: u32): void;

/** Tells the processor where the interrupt table is: a word with its last byte's number, then its address. */
@external("cpu", "lidt") export declare function lidt(register: usize): void;

/** Lets interrupts through and sleeps until one comes. */
@external("cpu", "stiHlt") export declare function stiHlt(): void;

/** Sleeps until an interrupt comes. */
@external("cpu", "hlt") export declare function hlt(): void;

/** Where the handler of an interrupt is, from 0 to 47. */
@external("assembly", "stubAddress") export declare function stubAddress(vector: u32): u32;

/** Divides; of course one can divide by zero. */
@external("assembly", "divide") export declare function divide(a: u32, b: u32): u32;
