// @ts-nocheck: TypeScript knows no decorators of functions; asc does, and checks this file.
// The instructions that no compiler can say in TypeScript. Each is an import of the WebAssembly module "cpu", which
// toolchain/native turns into the instruction itself, in place; unit tests give functions instead.
// The list is the contract in docs/architecture.md, "Kernel memory and calls". Source of the meanings: Intel SDM volume 2.

@external("cpu", "in8") export declare function in8(port: u32): u32;
@external("cpu", "in16") export declare function in16(port: u32): u32;
@external("cpu", "in32") export declare function in32(port: u32): u32;
@external("cpu", "out8") export declare function out8(port: u32, value: u32): void;
@external("cpu", "out16") export declare function out16(port: u32, value: u32): void;
@external("cpu", "out32") export declare function out32(port: u32, value: u32): void;

@external("cpu", "cli") export declare function cli(): void;
@external("cpu", "sti") export declare function sti(): void;
@external("cpu", "hlt") export declare function hlt(): void;
@external("cpu", "stiHlt") export declare function stiHlt(): void;
@external("cpu", "int3") export declare function int3(): void;
@external("cpu", "eflags") export declare function eflags(): u32;

@external("cpu", "lgdt") export declare function lgdt(pointer: usize): void;
@external("cpu", "lidt") export declare function lidt(pointer: usize): void;
@external("cpu", "ltr") export declare function ltr(selector: u32): void;
@external("cpu", "invlpg") export declare function invlpg(address: usize): void;
@external("cpu", "readCr0") export declare function readCr0(): u32;
@external("cpu", "readCr2") export declare function readCr2(): u32;
@external("cpu", "readCr3") export declare function readCr3(): u32;
@external("cpu", "writeCr0") export declare function writeCr0(value: u32): void;
@external("cpu", "writeCr3") export declare function writeCr3(value: u32): void;

@external("cpu", "framePointer") export declare function framePointer(): usize;

/** The processor's time-stamp counter. */
@external("cpu", "rdtsc") export declare function rdtsc(): i64;
