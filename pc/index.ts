// What the package gives of the PC, in Node and in pages alike.

export type { BlockSource, DiskGeometry, WritableBlocks } from "./blocks.ts";
export type { Cpu, CpuBus, CpuOptions, CpuTrap, Engine } from "./cpu/cpu.ts";
export type { ExtendedReal, FloatRegisters } from "./cpu/float-registers.ts";
export type { GeneralName, Registers, SegmentCache, SegmentName, TableRegister } from "./cpu/registers.ts";
export type { KeyStroke } from "./devices/us-layout.ts";
export { type DomainEnd, DomainMachine, type DomainMachineOptions, type EndAction } from "./domain-machine.ts";
export { type KernelImage, Machine, type MachineOptions, type RunLimits, type StopReason } from "./machine.ts";
export type { MachineKeyboard, Screen, SerialPort } from "./peripherals.ts";
export { type DiskActivity, type EventKind, type MachineEvent, Recorder } from "./recorder.ts";
