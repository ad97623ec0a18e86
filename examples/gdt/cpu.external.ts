// @ts-nocheck: an editor knows no decorators of functions; the compiler does, and checks this file.
// What TypeScript has no words for. Names of module "cpu" become the instruction itself; the others are functions in start.s.

/** Tells the processor where the descriptor table is: a word with its last byte's number, then its address. */
@external("cpu", "lgdt") export declare function lgdt(register: usize): void;

/** Asks the processor where the table is: the other way round. */
@external("assembly", "sgdt") export declare function sgdt(register: usize): void;

/** Loads all segment registers anew: CS with the first selector, the others with the second. */
@external("assembly", "loadSegments") export declare function loadSegments(code: u32, data: u32): void;

/** Writes 16 bits at an offset of a segment. */
@external("assembly", "writeThrough") export declare function writeThrough(selector: u32, offset: u32, value: u32): void;
