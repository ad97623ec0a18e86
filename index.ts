// The package's face: the PC as a library for Node.

export { createDomainMachine, createMachine, type NodeMachineOptions } from "./cli/node-machine.ts";
export type { BlockSource, DiskGeometry, WritableBlocks } from "./pc/blocks.ts";
export type { KeyStroke } from "./pc/devices/us-layout.ts";
export { type DomainEnd, DomainMachine, type DomainMachineOptions, type EndAction } from "./pc/domain-machine.ts";
export { type KernelImage, Machine, type MachineOptions, type RunLimits, type StopReason } from "./pc/machine.ts";
export type { MachineKeyboard, Screen, SerialPort } from "./pc/peripherals.ts";
