// The package's face: the PC as a library for Node.

export {
  createCpu,
  createDomainMachine,
  createMachine,
  type NodeCpuOptions,
  type NodeMachineOptions,
} from "./cli/node-machine.ts";
export type { BlockSource, DiskGeometry, WritableBlocks } from "./pc/blocks.ts";
export type { Cpu, CpuBus, CpuOptions, CpuTrap, Engine } from "./pc/cpu/cpu.ts";
export type { ExtendedReal, FloatRegisters } from "./pc/cpu/float-registers.ts";
export type { GeneralName, Registers, SegmentCache, SegmentName, TableRegister } from "./pc/cpu/registers.ts";
export type { KeyStroke } from "./pc/devices/us-layout.ts";
export { type DomainEnd, DomainMachine, type DomainMachineOptions, type EndAction } from "./pc/domain-machine.ts";
export { type KernelImage, Machine, type MachineOptions, type RunLimits, type StopReason } from "./pc/machine.ts";
export type { MachineKeyboard, Screen, SerialPort } from "./pc/peripherals.ts";
export { type DiskActivity, type EventKind, type MachineEvent, Recorder } from "./pc/recorder.ts";
