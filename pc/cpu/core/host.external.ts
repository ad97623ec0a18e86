// What the core asks of TypeScript. Every one may throw, which unwinds the core.

/** Throws the constant that `Cpu.run` catches to deliver the exception described in FAULT_VECTOR, FAULT_ERROR. */
// @ts-ignore: decorator
@external("host", "unwind")
export declare function unwind(): void;

/**
 * Decodes a block and writes its header and records at ARENA_NEXT.
 * @param host where its bytes are
 * @param available how many of them are in this page and inside the code segment
 * @param mode the MODE_… bits
 * @returns the first record, or 0 when the first instruction needs more than `available` bytes
 */
// @ts-ignore: decorator
@external("host", "lift")
export declare function lift(host: u32, available: u32, mode: u32): u32;

/** Makes a WebAssembly function of a block that is entered often, and makes its first record COMPILED. */
// @ts-ignore: decorator
@external("host", "compile")
export declare function compile(block: u32): void;

// @ts-ignore: decorator
@external("host", "readPort")
export declare function readPort(port: u32, size: u32): u32;

// @ts-ignore: decorator
@external("host", "writePort")
export declare function writePort(port: u32, value: u32, size: u32): void;

// @ts-ignore: decorator
@external("host", "readMemory")
export declare function readMemory(physical: u32, size: u32): u32;

// @ts-ignore: decorator
@external("host", "writeMemory")
export declare function writeMemory(physical: u32, value: u32, size: u32): void;

/** The vector of the interrupt controller's highest request. */
// @ts-ignore: decorator
@external("host", "acknowledgeInterrupt")
export declare function acknowledgeInterrupt(): u32;

/** FERR#: an instruction waits for a floating-point exception that CR0.NE does not make an exception of its own. */
// @ts-ignore: decorator
@external("host", "numericError")
export declare function numericError(): void;

/** IA32_APIC_BASE was written. */
// @ts-ignore: decorator
@external("host", "apicBase")
export declare function apicBase(value: u32): void;

/** With HOST_TRAPS: an interrupt or exception (SOURCE_…) that the host handles; EIP is where it returns to. */
// @ts-ignore: decorator
@external("host", "trap")
export declare function trap(vector: u32, source: u32, hasError: u32, error: u32): void;
