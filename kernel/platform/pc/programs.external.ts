// @ts-nocheck: TypeScript knows no decorators of functions; asc does, and checks this file.
// What programs.s gives to TypeScript; see assembly.external.ts.

/** Where `int 0x80` enters: it calls the exported `systemCall(frame)`. */
@external("assembly", "systemCallEntryAddress") export declare function systemCallEntryAddress(): usize;

/** Goes to ring 3 at `entry` with ESP `stack`; does not return. */
@external("assembly", "enterProgram") export declare function enterProgram(entry: usize, stack: usize): void;

/** Stores the floating-point unit's state, FLOAT_STATE_BYTES of it, and clears it. */
@external("assembly", "saveFloats") export declare function saveFloats(area: usize): void;
@external("assembly", "loadFloats") export declare function loadFloats(area: usize): void;
@external("assembly", "initializeFloats") export declare function initializeFloats(): void;

/** Clears CR0.TS: instructions of the unit work from now on. */
@external("assembly", "allowFloats") export declare function allowFloats(): void;
