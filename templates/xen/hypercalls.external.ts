// @ts-nocheck: an editor knows no decorators of functions; the compiler does, and checks this file.
// Functions that are written in assembly: entry.s.

/** Asks the hypervisor for something; which hypercall, says the number. Below zero the result is an error. */
@external("assembly", "hypercall3") export declare function hypercall3(number: u32, a: u32, b: u32, c: u32): i32;
