// The CPU: any of the models of models.ts, around the WebAssembly core in pc/cpu/core.
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual (SDM).

import type { DeviceState } from "../bus.ts";
import { Compiler, type CompilerStatistics } from "./compile/compiler.ts";
import {
  A20_MASK,
  APIC_BASE,
  ARENA,
  ARENA_NEXT,
  BLOCK,
  CODE_MAP,
  CURRENT,
  DEBUG_TRAPS,
  EFER,
  FAULT_ERROR,
  FAULT_HAS_ERROR,
  FAULT_VECTOR,
  FPU_CONTROL,
  FPU_IGNORE,
  FPU_REGISTERS,
  FPU_STATUS,
  FPU_VALID,
  HALTED,
  HOST_BASE,
  HOST_BYTES,
  HOST_TRAPS,
  INHIBIT,
  INVALIDATIONS,
  LIFTED_BLOCKS,
  MISC_ENABLE,
  MODEL_CPUID,
  MODEL_CPUID_EXTENDED,
  MODEL_CR0,
  MODEL_CR4,
  MODEL_FEATURES,
  MODEL_FEATURES_EXTENDED,
  MODEL_FEATURES_NEWER,
  MODEL_FLAGS,
  MODEL_LEAVES,
  MODEL_LEAVES_EXTENDED,
  MODEL_LEVEL,
  MTRR_DEFAULT,
  MTRR_VARIABLE,
  MXCSR,
  NMI_MASKED,
  PAGE_HEADS,
  PAT,
  PENDING,
  PENDING_INTERRUPT,
  PENDING_NMI,
  PHYSICAL,
  RAM_BYTES,
  SHUTDOWN,
  SOURCE_EXCEPTION,
  SOURCE_SOFTWARE,
  START,
  STATE_END,
  STOP,
  SYSENTER_CS,
  SYSENTER_EIP,
  SYSENTER_ESP,
  TEMPORARIES,
  TLB_COUNT,
  TLB_FILLS,
  TRAP_CANCELLED,
  TSC_OFFSET,
  UNFINISHED,
  XMM_REGISTERS,
  ZERO,
} from "./core/layout.ts";
import { CpuConfigurationError } from "./errors.ts";
import { featureBits } from "./features.ts";
import { FloatRegisters } from "./float-registers.ts";
import { Lifter } from "./lift/lifter.ts";
import { type CpuModel, cpuidLeaves, cpuModel, levelIndex, registerBits, signature } from "./models.ts";
import { PhysicalMemory, ROM_BYTES } from "./physical.ts";
import { GENERAL_NAMES, Registers, SEGMENT_NAMES } from "./registers.ts";

export { CpuConfigurationError } from "./errors.ts";

/** What the CPU is wired to. Addresses are physical; sizes are bytes (1, 2, 4); values are unsigned. */
export interface CpuBus {
  readPort(port: number, size: number): number;
  writePort(port: number, value: number, size: number): void;
  /** Memory-mapped I/O: everything that is neither RAM nor ROM. */
  readMemory(physicalAddress: number, size: number): number;
  writeMemory(physicalAddress: number, value: number, size: number): void;
  /** INTA: the interrupt controller's vector. */
  acknowledgeInterrupt(): number;
  /** FERR#: a floating-point exception is pending, CR0.NE is clear, and the CPU waits for an interrupt. */
  numericError?(): void;
  /** IA32_APIC_BASE was written (its lower half). A CPU without this has no APIC, whatever its model. */
  apicBase?(value: number): void;
  /** An instruction raised an exception; it is about to be delivered. May come and go while the CPU runs. */
  exception?(vector: number): void;
}

/** A bus on which nothing answers. */
export const OPEN_BUS: CpuBus = {
  readPort: () => 0xffff_ffff,
  writePort: () => {},
  readMemory: () => 0xffff_ffff,
  writeMemory: () => {},
  acknowledgeInterrupt: () => 0xff,
};

/** An interrupt or exception that the host handles. EIP is where a handler would return to: the instruction itself for a fault. */
export interface CpuTrap {
  vector: number;
  /** `software`: INT n, INT3, INTO. */
  source: "external" | "software" | "exception";
  /** What a handler would find on its stack, for the exceptions that have one. */
  errorCode?: number;
}

export interface CpuOptions {
  /** The compiled core (`dist/core.wasm`). */
  module: WebAssembly.Module;
  /** Bytes of RAM, a multiple of 1 MiB, at least 1 MiB. */
  memoryBytes: number;
  bus: CpuBus;
  /** Which processor it is, by its name in models.ts, with features as QEMU's `-cpu` has them; "max" when not given. */
  model?: string;
  /**
   * Takes every interrupt and exception in place of the IDT: a hypervisor's entry. It may change registers and memory, and call
   * `stop`; the CPU goes on at EIP. The gates' privilege checks are the host's business.
   */
  onTrap?: (trap: CpuTrap) => void;
  /** How decoded code runs. Both engines do the same, at the same instruction counts; only speed differs. */
  engine?: Engine | undefined;
  /** Entries after which the compiler takes a block. */
  compileAfter?: number;
}

export type Engine = "interpreter" | "compiler";

interface Core {
  grant(count: number): void;
  settle(): void;
  resume(): void;
  fault(): void;
  abandon(): void;
  interruptBlock(): void;
  executed(): number;
  readFlags(): number;
  writeFlags(value: number): void;
  deriveSegments(): void;
  deriveDebug(): void;
  setCpl(cpl: number): void;
  flushTlb(): void;
  flushBlocks(): void;
  written(host: number, length: number): void;
  initialise(): void;
}

/** Unwinds the core when the guest faults: one object, because making an `Error` costs more than delivering the fault. */
const UNWIND = { reason: "guest exception" };

/** The same before an instruction with a breakpoint. */
const BREAKPOINT = { reason: "breakpoint" };

/** At FEE00000h, enabled, of the processor that boots. */
const APIC_BASE_AT_RESET = 0xfee0_0900;
/** WB WT UC- UC, twice. */
const PAT_AT_RESET = [0x0007_0406, 0x0007_0406];

const MIB = 0x10_0000;
const MAX_MEMORY_BYTES = 2048 * MIB;
const WASM_PAGE = 0x1_0000;
/** RAM that a PC does not have: video memory, option ROMs, BIOS. */
const HOLE_START = 0xa_0000;
const HOLE_END = 0x10_0000;
/** Instructions between returns to JavaScript: the engine changes to its better compiled code only at a call. */
const SLICE_INSTRUCTIONS = 1 << 18;
/** The state's bytes in the shared memory. */
const STATE_START = ZERO;
/** Words in them that belong to this instance, not to the guest. */
const INSTANCE_WORDS = [
  ARENA_NEXT,
  BLOCK,
  TLB_COUNT,
  CODE_MAP,
  PAGE_HEADS,
  HOST_BYTES,
  RAM_BYTES,
  HOST_TRAPS,
  LIFTED_BLOCKS,
  INVALIDATIONS,
  TLB_FILLS,
];
/** Words that mean nothing between two runs. */
const SCRATCH_WORDS = [...Array.from({ length: 8 }, (_, i) => TEMPORARIES + i * 4), STOP, TRAP_CANCELLED, UNFINISHED];

export class Cpu {
  readonly memory: PhysicalMemory;
  readonly registers: Registers;
  /** x87, MMX and SSE. */
  readonly float: FloatRegisters;
  readonly model: CpuModel;
  private readonly words: Uint32Array;
  private readonly bytes: Uint8Array;
  private readonly core: Core;
  private readonly ramBytes: number;
  private running = false;
  /** The first exception since `step` was called. */
  private raised: CpuTrap | undefined;
  /** Linear addresses. */
  private breakpoints: ReadonlySet<number> = new Set();
  /** The breakpoint at which the CPU stands, and which it will pass. */
  private passing: number | undefined;
  private broke = false;
  private readonly compiler: Compiler | undefined;
  private readonly bus: CpuBus;

  /** For options that are left out. */
  static readonly defaults: Required<Pick<CpuOptions, "engine" | "compileAfter">> = {
    engine: "interpreter",
    compileAfter: 1000,
  };

  static create(options: CpuOptions): Cpu {
    return new Cpu(options);
  }

  private constructor(options: CpuOptions) {
    const { module, memoryBytes, bus, model, onTrap } = options;
    const { engine = Cpu.defaults.engine, compileAfter = Cpu.defaults.compileAfter } = options;
    this.bus = bus;
    this.model = wiredModel(cpuModel(model ?? "max"), bus);
    if (!Number.isInteger(memoryBytes / MIB) || memoryBytes < MIB || memoryBytes > MAX_MEMORY_BYTES) {
      throw new CpuConfigurationError(
        `memory of ${memoryBytes} bytes: expected a multiple of 1 MiB from 1 MiB to ${MAX_MEMORY_BYTES / MIB} MiB`,
      );
    }
    const hostBytes = memoryBytes + ROM_BYTES;
    const codeMap = HOST_BASE + hostBytes;
    const pageHeads = codeMap + hostBytes / 8 + 16;
    const end = pageHeads + hostBytes / 1024;
    const pages = Math.ceil(end / WASM_PAGE);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.words = new Uint32Array(memory.buffer);
    this.bytes = new Uint8Array(memory.buffer);
    this.ramBytes = memoryBytes;
    const compiler = engine === "compiler" ? new Compiler(module, memory) : undefined;
    this.compiler = compiler;
    const lifter = new Lifter(memory.buffer, this.model, compiler ? compileAfter : 0);
    const host = {
      unwind(): never {
        throw UNWIND;
      },
      lift: (code: number, available: number, mode: number): number => {
        if (this.breakpoints.size === 0) return lifter.lift(code >>> 0, available, mode);
        const linear = this.linearEip;
        // A block with a breakpoint at its start is never made, so the processor asks for it each time it comes there.
        if (linear !== this.passing && this.breakpoints.has(linear)) throw BREAKPOINT;
        const room = this.bytesToBreakpoint(linear, available);
        return lifter.lift(code >>> 0, available, mode, room);
      },
      compile: (block: number): void => compiler?.compile(block),
      readPort: (port: number, size: number): number => bus.readPort(port, size),
      writePort: (port: number, value: number, size: number): void => bus.writePort(port, value >>> 0, size),
      readMemory: (address: number, size: number): number => bus.readMemory(address >>> 0, size),
      writeMemory: (address: number, value: number, size: number): void =>
        bus.writeMemory(address >>> 0, value >>> 0, size),
      acknowledgeInterrupt: (): number => bus.acknowledgeInterrupt(),
      numericError: (): void => bus.numericError?.(),
      apicBase: (value: number): void => bus.apicBase?.(value >>> 0),
      trap: (vector: number, source: number, hasError: number, error: number): void =>
        onTrap?.({ vector, source: sourceName(source), ...(hasError !== 0 && { errorCode: error >>> 0 }) }),
    };
    // The module is ours: its exports are those of pc/cpu/core/index.ts.
    const table = compiler?.table ?? new WebAssembly.Table({ element: "anyfunc", initial: 1 });
    const { exports } = new WebAssembly.Instance(module, { env: { memory, table }, host });
    compiler?.connect(exports);
    this.core = exports as unknown as Core;
    this.words[CODE_MAP >> 2] = codeMap;
    this.words[PAGE_HEADS >> 2] = pageHeads;
    this.words[HOST_BYTES >> 2] = hostBytes;
    this.words[RAM_BYTES >> 2] = memoryBytes;
    this.words[A20_MASK >> 2] = 0xffff_ffff;
    this.words[HOST_TRAPS >> 2] = onTrap ? 1 : 0;
    this.describeModel();
    this.core.initialise();
    this.registers = new Registers(this.words, this.core);
    this.float = new FloatRegisters(memory.buffer);
    this.memory = new PhysicalMemory(
      memory.buffer,
      memoryBytes,
      (at, length) => this.core.written(at, length),
      () => {
        this.core.flushTlb();
        this.core.flushBlocks();
      },
    );
    this.memory.mapRam(0, Math.min(HOLE_START, memoryBytes));
    if (memoryBytes > HOLE_END) this.memory.mapRam(HOLE_END, memoryBytes - HOLE_END);
    this.reset();
  }

  /** Tells the core what the model is. */
  private describeModel(): void {
    const { words, model } = this;
    const { cr0, cr4, eflags } = registerBits(model);
    words[MODEL_CR0 >> 2] = cr0;
    words[MODEL_CR4 >> 2] = cr4;
    words[MODEL_FLAGS >> 2] = eflags;
    words[MODEL_FEATURES >> 2] = featureBits(model.features, "standard");
    words[MODEL_FEATURES_NEWER >> 2] = featureBits(model.features, "newer");
    words[MODEL_FEATURES_EXTENDED >> 2] = featureBits(model.features, "extended");
    words[MODEL_LEVEL >> 2] = levelIndex(model);
    const { basic, extended } = cpuidLeaves(model);
    words[MODEL_LEAVES >> 2] = basic.length;
    words[MODEL_LEAVES_EXTENDED >> 2] = extended.length;
    words.set(basic.flat(), MODEL_CPUID >> 2);
    words.set(extended.flat(), MODEL_CPUID_EXTENDED >> 2);
  }

  /** The RESET line. RAM keeps its contents; the instruction count goes on. Source: SDM vol. 3, table 10-1. */
  reset(): void {
    const { registers } = this;
    for (const name of GENERAL_NAMES) registers.setGeneral(name, 0);
    registers.setGeneral("edx", signature(this.model));
    registers.setControl(0, 0x6000_0010);
    for (const index of [2, 3, 4] as const) registers.setControl(index, 0);
    registers.eflags = 2;
    for (const name of SEGMENT_NAMES) {
      registers.setSegment(name, { selector: 0, base: 0, limit: 0xffff, attributes: name === "ldtr" ? 0x82 : 0x93 });
    }
    registers.setSegment("tr", { selector: 0, base: 0, limit: 0xffff, attributes: 0x8b });
    registers.setSegment("cs", { selector: 0xf000, base: 0xffff_0000, limit: 0xffff, attributes: 0x93 });
    registers.eip = 0xfff0;
    registers.gdtr = { base: 0, limit: 0xffff };
    registers.idtr = { base: 0, limit: 0xffff };
    for (let index = 0; index < 4; index++) registers.setDebug(index, 0);
    registers.setDebug(6, 0xffff_0ff0);
    registers.setDebug(7, 0x400);
    this.resetFloatingPoint();
    this.words[HALTED >> 2] = 0;
    this.words[SHUTDOWN >> 2] = 0;
    this.words[INHIBIT >> 2] = 0;
    this.words[DEBUG_TRAPS >> 2] = 0;
    this.words[NMI_MASKED >> 2] = 0;
    for (const register of [SYSENTER_CS, SYSENTER_ESP, SYSENTER_EIP]) this.words[register >> 2] = 0;
    this.words[MISC_ENABLE >> 2] = 1;
    this.words[EFER >> 2] = 0;
    this.words[APIC_BASE >> 2] = this.model.features.has("apic") ? APIC_BASE_AT_RESET : 0;
    this.bytes.fill(0, MTRR_DEFAULT, MTRR_VARIABLE + 16 * 8);
    this.words.set(PAT_AT_RESET, PAT >> 2);
    this.words[PENDING >> 2] &= PENDING_INTERRUPT;
  }

  /** As at power-on: all registers +0 and not empty, no x87 exception masked but none raised; all of SSE's masked. */
  private resetFloatingPoint(): void {
    this.bytes.fill(0, FPU_CONTROL, FPU_REGISTERS + 8 * 16);
    this.bytes.fill(0, XMM_REGISTERS, XMM_REGISTERS + 8 * 16);
    this.words[MXCSR >> 2] = 0x1f80;
    this.words[FPU_CONTROL >> 2] = 0x40;
    this.words[FPU_STATUS >> 2] = 0;
    this.words[FPU_VALID >> 2] = 0xff;
  }

  /**
   * Runs exactly `maxInstructions` instructions, unless the CPU halts or shuts down or `stop` is called first.
   * An instruction that faults counts as one, together with the delivery of its exception; an interrupt's delivery counts nothing.
   */
  run(maxInstructions: number): void {
    const { core, words } = this;
    let left = maxInstructions;
    this.broke = false;
    this.running = true;
    try {
      do {
        const slice = Math.min(left, SLICE_INSTRUCTIONS);
        const before = core.executed();
        core.grant(slice);
        this.runSlice();
        core.settle();
        left -= core.executed() - before;
      } while (left > 0 && (words[STOP >> 2] | words[HALTED >> 2] | words[SHUTDOWN >> 2]) === 0);
    } finally {
      this.running = false;
    }
  }

  /**
   * Instructions, by linear address, before which `run` stops; in place of those before. They are the host's: the guest sees nothing of
   * them, and the run is the same as without.
   */
  setBreakpoints(linearAddresses: Iterable<number>): void {
    this.breakpoints = new Set(linearAddresses);
    this.core.flushBlocks();
  }

  /** The last `run` stopped before an instruction with a breakpoint. */
  get atBreakpoint(): boolean {
    return this.broke;
  }

  /** Runs one instruction, whether or not it has a breakpoint. */
  stepOver(): void {
    const linear = this.linearEip;
    this.passing = linear;
    try {
      this.run(1);
    } finally {
      this.passing = undefined;
      // The block that was made to pass would be found again.
      if (this.breakpoints.has(linear)) this.core.flushBlocks();
    }
  }

  /** Linear address of the instruction that is under way, inside a bus callback; else of the next one. */
  get linear(): number {
    const { words } = this;
    const record = words[CURRENT >> 2];
    const offset = record === 0 ? 0 : this.bytes[record + START] | (this.bytes[record + START + 1] << 8);
    return (this.linearEip + offset) >>> 0;
  }

  private get linearEip(): number {
    return (this.registers.segment("cs").base + this.registers.eip) >>> 0;
  }

  /** How many bytes of a block at `linear` lie before the next breakpoint. */
  private bytesToBreakpoint(linear: number, available: number): number {
    let room = available;
    for (const breakpoint of this.breakpoints) {
      const distance = (breakpoint - linear) >>> 0;
      if (distance > 0 && distance < room) room = distance;
    }
    return room;
  }

  private runSlice(): void {
    const { core } = this;
    let deliver = false;
    for (;;) {
      try {
        if (deliver) core.fault();
        deliver = false;
        core.resume();
        return;
      } catch (error) {
        if (error === BREAKPOINT) {
          this.broke = true;
          this.stop();
          return;
        }
        if (error !== UNWIND) {
          core.abandon();
          core.settle();
          throw error;
        }
        deliver = true;
        this.bus.exception?.(this.words[FAULT_VECTOR >> 2]);
        this.raised ??= this.fault();
      }
    }
  }

  /** The exception that has just unwound the core. */
  private fault(): CpuTrap {
    const { words } = this;
    return {
      vector: words[FAULT_VECTOR >> 2],
      source: "exception",
      ...(words[FAULT_HAS_ERROR >> 2] !== 0 && { errorCode: words[FAULT_ERROR >> 2] }),
    };
  }

  /**
   * Runs one instruction (of a repeated string instruction at most 16,384 rounds).
   * @returns the exception that it raised, if it did; it has been delivered, CS:EIP is its handler's
   */
  step(): CpuTrap | undefined {
    this.raised = undefined;
    this.run(1);
    return this.raised;
  }

  /** Leaves `run` after the running instruction (port I/O) or block (memory-mapped I/O). For bus callbacks. */
  stop(): void {
    this.words[STOP >> 2] = 1;
    this.core.interruptBlock();
  }

  /** Instructions completed since the CPU was made; exact also inside a bus callback. */
  get instructions(): number {
    return this.core.executed();
  }

  /** Lets the time-stamp counter run on over `cycles` in which nothing was executed: it counts while the CPU sleeps, too. */
  advanceTimeStamp(cycles: number): void {
    const low = (this.words[TSC_OFFSET >> 2] >>> 0) + cycles;
    this.words[TSC_OFFSET >> 2] = low % 2 ** 32;
    this.words[(TSC_OFFSET >> 2) + 1] += Math.floor(low / 2 ** 32);
  }

  get halted(): boolean {
    return this.words[HALTED >> 2] !== 0;
  }

  /** Halted, with nothing pending that would wake it: running now would execute nothing. */
  get asleep(): boolean {
    const pending = this.words[PENDING >> 2];
    return (
      this.halted &&
      !((pending & PENDING_NMI) !== 0 && this.words[NMI_MASKED >> 2] === 0) &&
      !((pending & PENDING_INTERRUPT) !== 0 && this.interruptsEnabled)
    );
  }

  /** A triple fault: only `reset` goes on. */
  get shutdown(): boolean {
    return this.words[SHUTDOWN >> 2] !== 0;
  }

  get interruptsEnabled(): boolean {
    return (this.core.readFlags() & 0x200) !== 0;
  }

  /** The INTR pin. */
  setInterruptLine(level: boolean): void {
    if (level) {
      this.words[PENDING >> 2] |= PENDING_INTERRUPT;
      if (this.running) this.core.interruptBlock();
    } else this.words[PENDING >> 2] &= ~PENDING_INTERRUPT;
  }

  /** IGNNE#: floating-point instructions go on although an exception is pending; until it is cleared. */
  ignoreNumericError(): void {
    this.bytes[FPU_IGNORE] = 1;
  }

  raiseNmi(): void {
    this.words[PENDING >> 2] |= PENDING_NMI;
    if (this.running) this.core.interruptBlock();
  }

  /** The A20 gate: while off, bit 20 of every physical address is 0. */
  setA20(enabled: boolean): void {
    this.words[A20_MASK >> 2] = enabled ? 0xffff_ffff : 0xffef_ffff;
    this.core.flushTlb();
  }

  mapRom(physicalAddress: number, bytes: Uint8Array): void {
    this.memory.mapRom(physicalAddress, bytes);
  }

  mapRam(physicalAddress: number, length: number): void {
    this.memory.mapRam(physicalAddress, length);
  }

  flushTlb(): void {
    this.core.flushTlb();
  }

  /** All of the memory that the core works in: for tests that look at what no guest may touch. */
  get hostMemory(): Uint8Array {
    return this.bytes;
  }

  /**
   * What in `hostMemory` no guest can change, whatever it does: the map of physical memory, ROM, RAM behind a hole in the map that
   * holds no RAM, and what is left over at the end.
   * @param holeFrom physical address of the hole's first byte
   * @param holeTo and of the first one behind it
   */
  hostRanges(holeFrom: number, holeTo: number): { what: string; from: number; length: number }[] {
    const { words, bytes, ramBytes } = this;
    const rom = HOST_BASE + ramBytes;
    const end = words[PAGE_HEADS >> 2] + (ramBytes + ROM_BYTES) / 1024;
    return [
      { what: "below the registers", from: 0, length: ZERO },
      { what: "map of physical memory", from: PHYSICAL, length: ARENA - PHYSICAL },
      { what: "RAM behind the hole", from: HOST_BASE + holeFrom, length: holeTo - holeFrom },
      { what: "ROM", from: rom, length: ROM_BYTES },
      { what: "behind everything", from: end, length: bytes.length - end },
    ];
  }

  /** Counts of the decoder and the TLB since the CPU was made. */
  get statistics(): { blocks: number; invalidations: number; tlbFills: number } {
    const { words } = this;
    return {
      blocks: words[LIFTED_BLOCKS >> 2],
      invalidations: words[INVALIDATIONS >> 2],
      tlbFills: words[TLB_FILLS >> 2],
    };
  }

  /** What the second engine did; undefined without it. */
  get compilation(): Readonly<CompilerStatistics> | undefined {
    return this.compiler?.statistics;
  }

  /** Registers and RAM. Not inside `run`. ROM and the memory map are the configuration's, not the state's. */
  save(): DeviceState {
    this.core.settle();
    // Who goes on from here and who goes on from the saved state must fill their TLBs alike, since that sets accessed bits.
    this.core.flushTlb();
    const state = this.bytes.slice(STATE_START, STATE_END);
    const words = new Uint32Array(state.buffer);
    for (const address of [...INSTANCE_WORDS, ...SCRATCH_WORDS]) words[(address - STATE_START) >> 2] = 0;
    return { model: this.model.name, state, memory: this.bytes.slice(HOST_BASE, HOST_BASE + this.ramBytes) };
  }

  /** @throws CpuConfigurationError if the state is not of the same model with as much memory */
  load(saved: DeviceState): void {
    const { model, state, memory } = saved;
    if (model !== this.model.name) {
      throw new CpuConfigurationError(`saved CPU: expected model ${this.model.name}, found ${String(model)}`);
    }
    if (!(state instanceof Uint8Array) || state.length !== STATE_END - STATE_START) {
      throw new CpuConfigurationError(`saved CPU: expected ${STATE_END - STATE_START} bytes of registers`);
    }
    if (!(memory instanceof Uint8Array) || memory.length !== this.ramBytes) {
      throw new CpuConfigurationError(`saved CPU: expected ${this.ramBytes} bytes of memory`);
    }
    // Before the state is overwritten: what is filled is this run's.
    this.core.flushTlb();
    this.core.flushBlocks();
    const instance = INSTANCE_WORDS.map((address) => this.words[address >> 2]);
    this.bytes.set(state, STATE_START);
    INSTANCE_WORDS.forEach((address, i) => {
      this.words[address >> 2] = instance[i];
    });
    this.bytes.set(memory, HOST_BASE);
  }
}

/** The model without what the PC around it does not have. */
function wiredModel(model: CpuModel, bus: CpuBus): CpuModel {
  if (bus.apicBase) return model;
  const features = new Set(model.features);
  features.delete("apic");
  return { ...model, features };
}

function sourceName(source: number): CpuTrap["source"] {
  if (source === SOURCE_EXCEPTION) return "exception";
  return source === SOURCE_SOFTWARE ? "software" : "external";
}
