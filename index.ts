// The package's face: the PC as a library for Node.

export {
  createCpu,
  createDomainMachine,
  createMachine,
  type NodeCpuOptions,
  type NodeMachineOptions,
} from "./cli/node-machine.ts";
export * from "./pc/index.ts";
