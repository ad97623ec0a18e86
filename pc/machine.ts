// The PC: CPU, memory, devices, firmware and time, wired together. The one API of the command line, the tests, the page
// and library users. The same configuration, images and input give the same run, instruction for instruction.

import { type BlockSource, blocksOf, cdBlocksOf, type WritableBlocks } from "./blocks.ts";
import { AddressBus, type Device, type DeviceState, type GuestMemory } from "./bus.ts";
import { Clock } from "./clock.ts";
import { Cpu, type CpuBus, type Engine } from "./cpu/cpu.ts";
import { SEGMENT_NAMES } from "./cpu/registers.ts";
import {
  AtaDisk,
  type AtapiDrive,
  connectExpansionRom,
  DebugPort,
  Dma,
  driveTypeFor,
  Fdc,
  floppyGeometry,
  hostBridge,
  I8042,
  Ide,
  isaBridge,
  LocalApic,
  NumericError,
  Pci,
  Pic,
  Pit,
  Power,
  Rtc,
  Uart,
  Vga,
  vgaFunction,
  WiredOr,
} from "./devices/index.ts";
import { loadMultiboot } from "./firmware/multiboot-loader.ts";
import { MachineKeyboard, Screen, SerialPort } from "./peripherals.ts";
import type { Recorder } from "./recorder.ts";
import { connectShadowRam } from "./shadow.ts";
import { decodeSnapshot, encodeSnapshot, SnapshotError } from "./snapshot.ts";
import { Tap } from "./tap.ts";
import { Typist } from "./typist.ts";

/** A Multiboot kernel and what comes with it. */
export interface KernelImage {
  /** ELF32 (or a.out-kludge) file. */
  image: Uint8Array;
  commandLine?: string;
  modules?: { data: Uint8Array; commandLine: string }[];
}

export interface MachineParts {
  /** The CPU's core (`dist/core.wasm`). */
  core: WebAssembly.Module;
  /** The firmware ROM (`dist/bios.bin`); it ends at 1 MiB and, once more, at 4 GiB. */
  bios: Uint8Array;
}

export interface MachineOptions {
  parts: MachineParts;
  /** RAM in bytes, a multiple of 64 KiB; 32 MiB when not given. */
  memoryBytes?: number;
  /** The processor: a name of pc/cpu/models.ts with features as QEMU's `-cpu` has them ("pentium3,-sse"); "max" when not given. */
  cpu?: string;
  /** How the processor runs decoded code: two engines that do the same. `Cpu.defaults` says which when not given. */
  engine?: Engine | undefined;
  /** Raw floppy images. The machine writes into these arrays. */
  floppyA?: Uint8Array;
  floppyB?: Uint8Array;
  /**
   * Hard disks: primary master and slave, secondary master and slave. What the guest writes is kept in the machine (see
   * `Machine.disk`); the image stays as it is.
   */
  hda?: Uint8Array | BlockSource;
  hdb?: Uint8Array | BlockSource;
  hdc?: Uint8Array | BlockSource;
  hdd?: Uint8Array | BlockSource;
  /** A CD, in a drive that is the secondary master unless `cdromPlace` says otherwise. */
  cdrom?: Uint8Array | BlockSource;
  /** Where the CD drive is: 0 to 3, as `hda` to `hdd`. */
  cdromPlace?: number;
  /** Drives in the order in which the BIOS tries to boot from them: `a` floppy, `c` hard disk, `d` CD; "acd" when not given. */
  bootOrder?: string;
  /** Another order, which holds until the guest resets the machine. */
  bootOnce?: string;
  /** The BIOS offers a menu of the drives to boot from. */
  bootMenu?: boolean;
  /** A BIOS of another make in place of ours: whole 64 KiB. Such ones expect a diskette controller that seeks by itself. */
  bios?: Uint8Array;
  /** A video BIOS at C0000h, for a BIOS that has none in itself, as ours has. */
  videoBios?: Uint8Array;
  /** A Multiboot kernel that is started in place of a boot device. */
  kernel?: KernelImage;
  /** How many instructions make a second of guest time; 100 million when not given. */
  instructionsPerSecond?: number;
  /** What the real-time clock shows at power-on; 2026-01-01 00:00:00 UTC when not given. */
  startTime?: Date;
}

export interface RunLimits {
  /** Instructions from here on. */
  instructions?: number;
  /** Guest time (absolute, in ns) at which to stop. */
  timeNs?: number;
  /** Asked when the screen or a serial line may have changed; true stops the run. */
  until?: () => boolean;
  /** The first instruction runs even if it has a breakpoint: how one goes on from there. */
  pass?: boolean;
}

/**
 * Why `run` came back: a limit of the caller's; `halted` for ever (`hlt` with interrupts off, or nothing that could interrupt); `powerOff` by
 * the guest; `dead` by a triple fault; `breakpoint`: before an instruction of `setBreakpoints`.
 */
export type StopReason = "breakpoint" | "until" | "instructions" | "time" | "halted" | "powerOff" | "dead";

const DEFAULT_MEMORY = 32 << 20;
const DEFAULT_SPEED = 100_000_000;
/** How many instructions run between two looks at `until`. */
const LOOK_EVERY = 50_000;
/** A guest that sleeps is looked at as well, at most this many wake-ups later. */
const HALTS_BETWEEN_LOOKS = 4;
/** The BIOS writes this POST code when it is ready to boot. */
const POST_BOOT = 0x19;
const FLOPPY_1440 = 4;
const DEFAULT_CDROM_PLACE = 2;
const PROTECTED_MODE = 1;
const PAGING = 0x8000_0000;
/** Descriptor attributes: present, ring 0, 32-bit, 4 KiB granularity; execute and read, or read and write. */
const FLAT_CODE = 0xc09b;
const FLAT_DATA = 0xc093;
/** Where a video BIOS belongs. */
const VIDEO_BIOS = 0xc_0000;
/** A larger BIOS has its end there, and all of it below 4 GiB. */
const MOST_BIOS_BELOW_1M = 0x2_0000;
/** Version of the saved state's layout. */
const STATE_VERSION = 4;

export class Machine {
  readonly screen: Screen;
  /** COM1 and COM2. */
  readonly serial: readonly SerialPort[];
  readonly keyboard: MachineKeyboard;
  /** Floppy drives A and B: insert, eject, read back. */
  readonly floppy: Fdc;

  /** The CD-ROM drive, if there is one: insert, eject. */
  readonly cdrom: AtapiDrive | undefined;

  private readonly ide: Ide;
  private readonly pit: Pit;
  private readonly cpu: Cpu;
  private readonly apic: LocalApic | undefined;
  private readonly clock: Clock;
  private readonly devices: readonly Device[];
  private readonly debug: DebugPort;
  private readonly typist: Typist;
  private readonly tap: Tap;
  private readonly nsPerInstruction: number;
  /** Guest time spent halted. */
  private idleNs = 0;
  /** Guest time at which the running slice ends by itself. */
  private sliceEndNs = 0;
  private poweredOff = false;
  private resetPending = false;
  private bootPending = false;

  static create(options: MachineOptions): Machine {
    return new Machine(options);
  }

  private constructor(private readonly options: MachineOptions) {
    const memoryBytes = options.memoryBytes ?? DEFAULT_MEMORY;
    this.nsPerInstruction = Math.max(1, Math.round(1e9 / (options.instructionsPerSecond ?? DEFAULT_SPEED)));
    const ports = new AddressBus();
    const memory = new AddressBus();
    // Without an APIC in the processor the 8259s are wired to it directly.
    const pic = new Pic({
      cpu: { set: (level) => (this.apic ? this.apic.setExternal(level) : this.cpu.setInterruptLine(level)) },
    });
    const bus: CpuBus = {
      readPort: (port, size) => (size === 1 ? ports.read8(port) : size === 2 ? ports.read16(port) : ports.read32(port)),
      writePort: (port, value, size) => {
        if (size === 1) ports.write8(port, value);
        else if (size === 2) ports.write16(port, value);
        else ports.write32(port, value);
      },
      readMemory: (address, size) =>
        size === 1 ? memory.read8(address) : size === 2 ? memory.read16(address) : memory.read32(address),
      writeMemory: (address, value, size) => {
        if (size === 1) memory.write8(address, value);
        else if (size === 2) memory.write16(address, value);
        else memory.write32(address, value);
      },
      acknowledgeInterrupt: () => (this.apic ? this.apic.acknowledge() : pic.acknowledge()),
      numericError: () => numericError.raise(),
      apicBase: (value) => this.apic?.setBase(value),
    };
    const { cpu: model, engine } = options;
    this.cpu = Cpu.create({ module: options.parts.core, memoryBytes, model, engine, bus });
    const numericError = new NumericError({ irq: pic.line(13), ignore: () => this.cpu.ignoreNumericError() });
    this.clock = new Clock(
      () => this.timeNs,
      (deadlineNs) => {
        if (deadlineNs < this.sliceEndNs) this.cpu.stop();
      },
    );
    const { clock } = this;
    if (this.cpu.model.features.has("apic")) {
      this.apic = new LocalApic({
        clock,
        interrupt: { set: (level) => this.cpu.setInterruptLine(level) },
        raiseNmi: () => this.cpu.raiseNmi(),
        acknowledgeExternal: () => pic.acknowledge(),
      });
    }
    const a20 = new WiredOr({ set: (level) => this.cpu.setA20(level) });
    const resetCpu = () => {
      this.resetPending = true;
      this.cpu.stop();
    };
    const i8042 = new I8042({ clock, irq: pic.line(1), a20: a20.input(), resetCpu });
    const powerOff = () => {
      this.poweredOff = true;
      this.cpu.stop();
    };
    const power = new Power({ a20: a20.input(), resetCpu, powerOff });
    const pit = new Pit({ clock, irq: pic.line(0) });
    this.pit = pit;
    this.ide = new Ide({ clock, irqs: [pic.line(14), pic.line(15)], memory: this.cpu.memory });
    [options.hda, options.hdb, options.hdc, options.hdd].forEach((image, place) => {
      if (image) this.ide.connectDisk(place, blocksOf(image));
    });
    if (options.cdrom) {
      this.cdrom = this.ide.connectCdrom(options.cdromPlace ?? DEFAULT_CDROM_PLACE);
      this.cdrom.insert(cdBlocksOf(options.cdrom));
    }
    const rtc = new Rtc({
      clock,
      irq: pic.line(8),
      startTime: options.startTime ?? new Date(Date.UTC(2026, 0, 1)),
      memoryBytes,
      floppyTypes: [driveType(options.floppyA) || FLOPPY_1440, driveType(options.floppyB)],
      disks: [0, 1, 2, 3].map((place) => this.hardDisk(place)),
      bootOrder: options.bootOrder,
      bootOnce: options.bootOnce,
      bootMenu: options.bootMenu,
    });
    const dma = new Dma({ memory: this.cpu.memory });
    this.floppy = new Fdc({ clock, irq: pic.line(6), dma: dma.channel(2), impliedSeek: options.bios !== undefined });
    const vga = new Vga({ clock });
    const pci = new Pci();
    const bridge = hostBridge();
    pci.connect(0, 0, bridge);
    pci.connect(1, 0, isaBridge());
    pci.connect(1, 1, this.ide.pci);
    const vgaPci = vgaFunction(options.videoBios?.length);
    vga.vbe.connect(vgaPci);
    pci.connect(2, 0, vgaPci);
    const uarts = [
      new Uart({ clock, irq: pic.line(4), base: 0x3f8, transmit: "instant" }),
      new Uart({ clock, irq: pic.line(3), base: 0x2f8, transmit: "instant" }),
    ];
    this.debug = new DebugPort({ onPostCode: (code) => this.postCode(code) });
    this.devices = [
      ...(this.apic ? [this.apic] : []),
      pic,
      pit,
      i8042,
      rtc,
      dma,
      this.floppy,
      this.ide,
      vga,
      pci,
      ...uarts,
      this.debug,
      power,
      numericError,
    ];
    for (const device of this.devices) device.attach(ports, memory);
    this.tap = new Tap(bus, [...this.floppy.drives, ...[0, 1, 2, 3].map((place) => this.ide.drive(place))], this);
    this.screen = new Screen(vga);
    this.serial = uarts.map((uart) => new SerialPort(uart));
    this.typist = new Typist(
      clock,
      i8042.keyboard,
      () => this.idleNs,
      () => Math.max(this.floppy.lastActiveNs, this.ide.lastActiveNs),
    );
    this.keyboard = new MachineKeyboard(i8042.keyboard, this.typist);

    const { bios = options.parts.bios, videoBios } = options;
    if (videoBios) this.cpu.mapRom(VIDEO_BIOS, videoBios);
    const shadow = bios.subarray(-MOST_BIOS_BELOW_1M);
    this.cpu.mapRom(0x10_0000 - shadow.length, shadow);
    this.cpu.mapRom(0x1_0000_0000 - bios.length, bios);
    connectShadowRam(bridge, this.cpu.memory);
    if (videoBios) connectExpansionRom(vgaPci, videoBios, memory);
    if (options.floppyA) this.floppy.insert(0, options.floppyA);
    if (options.floppyB) this.floppy.insert(1, options.floppyB);
    // A kernel that cannot be started is the caller's mistake: say so now, not when the BIOS is done.
    if (options.kernel) loadMultiboot({ ...options.kernel, memoryBytes });
    this.reset();
  }

  /** Instructions executed since power-on. */
  get instructions(): number {
    return this.cpu.instructions;
  }

  /** Guest time since power-on in ns: instructions, and the time that the CPU was halted. */
  get timeNs(): number {
    return this.idleNs + this.cpu.instructions * this.nsPerInstruction;
  }

  /** While the CPU is halted: when something will next wake it, if no input comes. Else now. */
  get idleUntilNs(): number {
    return this.cpu.halted ? this.clock.nextDeadlineNs() : this.timeNs;
  }

  /** The blocks of hard disk 0 to 3 (`hda` to `hdd`) with what the guest has written to them; undefined without such a disk. */
  disk(place: number): WritableBlocks | undefined {
    return this.hardDisk(place)?.blocks;
  }

  /** The speaker's tone in Hz; 0 when it is silent. */
  get speakerHz(): number {
    return this.pit.toneHz;
  }

  /** What the guest wrote to port E9h, one character a byte. */
  get debugLog(): string {
    return this.debug.log;
  }

  /** The RESET line: CPU and devices start again, memory keeps its contents. */
  reset(): void {
    this.resetPending = false;
    this.bootPending = false;
    for (const device of this.devices) device.reset();
    this.cpu.reset();
  }

  /**
   * Runs the guest until a limit is reached or it cannot go on.
   * Deterministic: where it stops does not depend on the host.
   */
  run(limits: RunLimits = {}): StopReason {
    const lastInstruction = this.instructions + (limits.instructions ?? Number.POSITIVE_INFINITY);
    const lastNs = limits.timeNs ?? Number.POSITIVE_INFINITY;
    const until = limits.until ?? (() => false);
    let nextLook = this.instructions;
    let halts = 0;
    let pass = limits.pass ?? false;
    for (;;) {
      this.handleRequests();
      this.clock.fireDue();
      if (this.poweredOff) return "powerOff";
      if (this.cpu.shutdown) return "dead";
      if (this.instructions >= nextLook || halts >= HALTS_BETWEEN_LOOKS) {
        if (until()) return "until";
        nextLook = this.instructions + LOOK_EVERY;
        halts = 0;
      }
      if (this.instructions >= lastInstruction) return "instructions";
      if (this.timeNs >= lastNs) return "time";
      const deadlineNs = Math.min(this.clock.nextDeadlineNs(), lastNs);
      if (this.cpu.asleep) {
        if (deadlineNs === Number.POSITIVE_INFINITY || !this.cpu.interruptsEnabled) return until() ? "until" : "halted";
        this.sleep(Math.max(0, deadlineNs - this.timeNs));
        halts++;
        continue;
      }
      const untilDeadline = Math.max(1, Math.ceil((deadlineNs - this.timeNs) / this.nsPerInstruction));
      const slice = Math.min(untilDeadline, lastInstruction - this.instructions, nextLook - this.instructions);
      this.sliceEndNs = this.timeNs + slice * this.nsPerInstruction;
      if (pass) this.cpu.stepOver();
      else this.cpu.run(slice);
      pass = false;
      if (this.cpu.atBreakpoint) return "breakpoint";
    }
  }

  /** Instructions, by linear address, before which `run` stops; in place of those before. The guest sees nothing of them. */
  setBreakpoints(linearAddresses: Iterable<number>): void {
    this.cpu.setBreakpoints(linearAddresses);
  }

  /** Registers by their names: eax … edi, eip, eflags, cs … tr with their caches, cr0 …, dr0 …, gdtr, idtr. */
  registers(): Record<string, number> {
    return this.cpu.registers.all();
  }

  /** Linear address of the instruction that is under way, inside a callback; else of the next one. */
  get linear(): number {
    return this.cpu.linear;
  }

  /**
   * The registers of the devices by their names, as each saves them but without the contents of memories and media. The machine is the
   * same afterwards.
   */
  deviceStates(): Record<string, DeviceState> {
    return Object.fromEntries(this.devices.map((device) => [device.name, device.look?.() ?? device.save()]));
  }

  /** From here on the recorder is told of ports, interrupts, exceptions and disks, in place of the one before; undefined: nobody is. */
  record(recorder: Recorder | undefined): void {
    this.tap.connect(recorder);
  }

  /** Guest memory, by physical address. */
  get memory(): GuestMemory {
    return this.cpu.memory;
  }

  /** The whole machine as bytes: a machine made with the same options goes on from there exactly as this one. */
  save(): Uint8Array {
    const devices: DeviceState = {};
    for (const device of this.devices) devices[device.name] = device.save();
    return encodeSnapshot({
      version: STATE_VERSION,
      cpu: this.cpu.save(),
      devices,
      timers: this.clock.save(),
      typist: this.typist.save(),
      idleNs: this.idleNs,
      poweredOff: this.poweredOff,
    });
  }

  /** Goes on from a saved state; throws SnapshotError (or a device's own error) when it is not one of such a machine. */
  restore(bytes: Uint8Array): void {
    const state = decodeSnapshot(bytes);
    if (state["version"] !== STATE_VERSION) {
      throw new SnapshotError(0, `version ${STATE_VERSION}`, `version ${String(state["version"])}`);
    }
    this.idleNs = Number(state["idleNs"]);
    this.poweredOff = state["poweredOff"] === true;
    this.cpu.load(branch(state, "cpu"));
    for (const device of this.devices) device.load(branch(branch(state, "devices"), device.name));
    this.clock.load(branch(state, "timers") as Record<string, number>);
    this.typist.load(branch(state, "typist") as ReturnType<Typist["save"]>);
    this.resetPending = false;
    this.bootPending = false;
  }

  /** Time that the CPU sleeps through is time to all clocks, its time-stamp counter among them. */
  private sleep(ns: number): void {
    const cyclesBefore = Math.floor(this.idleNs / this.nsPerInstruction);
    this.idleNs += ns;
    this.cpu.advanceTimeStamp(Math.floor(this.idleNs / this.nsPerInstruction) - cyclesBefore);
  }

  private hardDisk(place: number): AtaDisk | undefined {
    const drive = this.ide.drive(place);
    return drive instanceof AtaDisk ? drive : undefined;
  }

  /** What a device asked for in the middle of an instruction is done between instructions. */
  private handleRequests(): void {
    if (this.resetPending) this.reset();
    if (!this.bootPending || !this.options.kernel) return;
    this.bootPending = false;
    const { memory } = this.cpu;
    const kernel = loadMultiboot({ ...this.options.kernel, memoryBytes: memory.size });
    for (const { address, bytes } of kernel.writes) memory.write(address, bytes);
    enterFlatProtectedMode(this.cpu, kernel);
  }

  private postCode(code: number): void {
    if (code !== POST_BOOT || !this.options.kernel) return;
    this.bootPending = true;
    this.cpu.stop();
  }
}

/** CMOS type of the drive that a diskette needs; 0 without one. */
function driveType(image: Uint8Array | undefined): number {
  const geometry = image && floppyGeometry(image.length);
  return geometry ? driveTypeFor(geometry) : 0;
}

/** The machine state in which a Multiboot kernel starts. Source: Multiboot Specification 0.6.96, section 3.2. */
function enterFlatProtectedMode(cpu: Cpu, { eax, ebx, eip }: { eax: number; ebx: number; eip: number }): void {
  const { registers } = cpu;
  cpu.setA20(true);
  registers.setControl(0, (registers.control(0) & ~PAGING) | PROTECTED_MODE);
  for (const name of SEGMENT_NAMES) {
    if (name === "ldtr" || name === "tr") continue;
    const isCode = name === "cs";
    registers.setSegment(name, {
      selector: isCode ? 8 : 16,
      base: 0,
      limit: 0xffff_ffff,
      attributes: isCode ? FLAT_CODE : FLAT_DATA,
    });
  }
  registers.eflags = 2;
  registers.setGeneral("eax", eax);
  registers.setGeneral("ebx", ebx);
  registers.eip = eip;
}

function branch(state: DeviceState, name: string): DeviceState {
  const value = state[name];
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || Array.isArray(value)) {
    throw new SnapshotError(0, `"${name}" in the state`, value === undefined ? "nothing" : typeof value);
  }
  return value;
}
