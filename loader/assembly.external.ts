// @ts-nocheck: TypeScript knows no decorators of functions; asc does, and checks this file.
// What real.s gives to TypeScript.

/** Calls the BIOS's interrupt `number` with the registers at registersAddress, and leaves there what it returns. */
@external("assembly", "biosCall") export declare function biosCall(number: u32): void;
@external("assembly", "registersAddress") export declare function registersAddress(): usize;

/** Lets the BIOS's interrupt handlers run until one has run. */
@external("assembly", "waitForInterrupt") export declare function waitForInterrupt(): void;

/** The BIOS's number of the drive that the loader came from, and where the partition's entry is (0 or odd: there is none). */
@external("assembly", "bootDrive") export declare function bootDrive(): u32;
@external("assembly", "bootPartitionEntry") export declare function bootPartitionEntry(): usize;

/** Starts the boot sector at 0:7C00 in real mode, `drive` in DL and `entry` in SI. */
@external("assembly", "startSector") export declare function startSector(drive: u32, entry: usize): void;

/** Jumps to `entry` in flat protected mode. */
@external("assembly", "enterKernel") export declare function enterKernel(entry: usize, eax: u32, ebx: u32, esi: u32): void;
