// @ts-nocheck: TypeScript knows no decorators of functions; asc does, and checks this file.
// What the start-up code (user/platform/start.s) gives to TypeScript.

/** `int 0x80`: the number of a system call (kernel/abi/systemCalls.ts) and its arguments; what it returns. */
@external("platform", "systemCall")
export declare function systemCall(number: u32, a: usize, b: usize, c: usize, d: usize, e: usize): i32;

/** Calls that entry of the function table, which allocates with asc's heap: what it returns, or 0 if the system has no memory for it. */
@external("platform", "attempt")
export declare function attempt(entry: u32, a: usize, b: usize): usize;

/** The processor's time-stamp counter. */
@external("platform", "timestamp")
export declare function timestamp(): i64;
