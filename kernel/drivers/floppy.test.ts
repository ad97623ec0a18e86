import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";

// The driver on drives that the test plays: motors, heads, DMA, changes of disk, and faults on demand.
const SOURCE = `
import { disableInterrupts, enableInterrupts } from "./platform/interrupts.ts";
import { handleIrq } from "./platform/pc/interrupts.ts";
import { runTimers } from "./clock/timers.ts";
import { transferBlocks } from "./device/block.ts";
import { Device, findDevice } from "./device/device.ts";
import { startFloppy } from "./drivers/floppy.ts";
export function find(name: usize): usize { return changetype<usize>(findDevice(name)); }
export function blockCountOf(device: usize): u32 { return changetype<Device>(device).blockCount; }
export function mediaChangesOf(device: usize): u32 { return changetype<Device>(device).mediaChanges; }
export function settle(): void { enableInterrupts(); yieldProcessor(); }
export function interrupt(): void { disableInterrupts(); handleIrq(6); settle(); }
export function tick(): void { disableInterrupts(); onTick(); runTimers(); settle(); }
let running: u32 = 0;
let result: i32 = 0;
const job = memory.data(24, 4);
import { allocateFrames, releaseFrames } from "./memory/frames.ts";
import { free, malloc } from "./memory/heap.ts";
/** Starts the driver with that many neighbouring frames, and some heap. */
function starvedStarter(frames: usize): u32 {
  const hole = malloc(20000);
  const kept = allocateFrames(frames as u32);
  while (allocateFrames(1) != 0) {}
  while (malloc(1000) != 0) {}
  free(hole);
  releaseFrames(kept, frames as u32);
  startFloppy();
  running--;
  return 0;
}
export function beginStarved(frames: u32): void { running++; startKernelThread(starvedStarter, frames, 5, true, "start"); settle(); }
function starter(_: usize): u32 { startFloppy(); running--; return 0; }
export function beginStart(): void { running++; startKernelThread(starter, 0, 5, true, "start"); settle(); }
function work(_: usize): u32 {
  result = transferBlocks(changetype<Device>(load<u32>(job)), load<u32>(job, 4) != 0, load<u32>(job, 8), load<u32>(job, 12),
    load<u32>(job, 16));
  running--;
  return 0;
}
export function begin(device: usize, isWrite: u32, block: u32, count: u32, buffer: usize): void {
  store<u32>(job, device as u32);
  store<u32>(job, isWrite, 4);
  store<u32>(job, block, 8);
  store<u32>(job, count, 12);
  store<u32>(job, buffer as u32, 16);
  running++;
  startKernelThread(work, 0, 5, true, "job");
  settle();
}
export function runningCount(): u32 { return running; }
export function resultOf(): i32 { return result; }
`;
const SECTOR = 512;
const SECTORS = 18;
const BUFFER = 0x1100000;
const EIO = -5;
const EROFS = -30;

class Drive {
  disk: Uint8Array | undefined;
  isProtected = false;
  isChanged = false;
  cylinder = 40;
  /** Sectors, by number on the disk, that can't be read. */
  readonly bad = new Set<number>();

  insert(disk: Uint8Array | undefined): void {
    this.disk = disk;
    this.isChanged = true;
  }

  moveTo(cylinder: number): void {
    if (this.disk !== undefined && cylinder !== this.cylinder) this.isChanged = false;
    this.cylinder = cylinder;
  }
}

/** An 82077AA whose commands end at once; the interrupt waits for the test. */
class Controller {
  readonly drives = [new Drive(), new Drive()];
  readonly commands: number[] = [];
  irq = false;
  outputs = 0;
  /** Commands to come that get no answer, and reads or writes that fail. */
  silent = 0;
  failing = 0;
  /** Reads and writes that raise no interrupt, that end before they were told all, or that give no result. */
  fault: "no interrupt" | "early end" | "no result" | undefined;
  private input: number[] = [];
  private output: number[] = [];
  private readonly sense: number[][] = [];
  private readonly dma = { address: 0, count: 0, page: 0, mode: 0, isHigh: false, isMasked: true };

  constructor(private readonly memory: () => Uint8Array) {}

  read(port: number): number {
    if (port === 0x3f4) return this.output.length > 0 ? 0xd0 : 0x80;
    if (port === 0x3f5) return this.output.shift() ?? 0;
    if (port === 0x3f7) return this.selected?.isChanged && this.isMotorOn ? 0x80 : 0;
    return 0;
  }

  private get selected(): Drive | undefined {
    return this.drives[this.outputs & 3];
  }

  private get isMotorOn(): boolean {
    return (this.outputs & (0x10 << (this.outputs & 3))) !== 0;
  }

  write(port: number, value: number): void {
    const { dma } = this;
    if (port === 0x3f2) {
      if ((this.outputs & 4) === 0 && (value & 4) !== 0) {
        this.input = [];
        this.output = [];
        this.sense.splice(0, 9, [0xc0, 0], [0xc1, 0], [0xc2, 0], [0xc3, 0]);
        this.irq = true;
      }
      this.outputs = value;
    } else if (port === 0x3f5) {
      this.input.push(value);
      this.run();
    } else if (port === 0x0a) dma.isMasked = (value & 4) !== 0;
    else if (port === 0x0b) dma.mode = value;
    else if (port === 0x0c) dma.isHigh = false;
    else if (port === 0x81) dma.page = value;
    else if (port === 4 || port === 5) {
      const field = port === 4 ? "address" : "count";
      dma[field] = dma.isHigh ? (dma[field] & 0xff) | (value << 8) : (dma[field] & 0xff00) | value;
      dma.isHigh = !dma.isHigh;
    }
  }

  private run(): void {
    const [command = 0, drive = 0, cylinder = 0] = this.input;
    const lengths: Record<number, number> = { 3: 3, 7: 2, 8: 1, 15: 3, 198: 9, 197: 9 };
    const length = lengths[command];
    if (length === undefined) throw new RangeError(`no such command: ${command.toString(16)}`);
    if (this.fault === "early end" && length === 9 && this.input.length === 5) {
      this.input = [];
      this.output = [0, 0, 0, 0, 0, 0, 0];
      this.irq = true;
      return;
    }
    if (this.input.length < length) return;
    const parameters = this.input;
    this.input = [];
    if (command === 8) {
      this.output = this.sense.shift() ?? [0x80];
      return;
    }
    if (command === 3) return;
    this.commands.push(command);
    if (this.silent > 0) {
      this.silent--;
      return;
    }
    this.irq = true;
    if (command === 7 || command === 15) {
      this.drives[drive & 3]?.moveTo(command === 7 ? 0 : cylinder);
      this.sense.push([0x20 | drive, command === 7 ? 0 : cylinder]);
    } else {
      this.output = this.transfer(parameters, command === 0xc5);
      if (this.fault === "no interrupt") this.irq = false;
      if (this.fault === "no result") this.output = [];
    }
  }

  private transfer(parameters: number[], isWrite: boolean): number[] {
    const [, unit = 0, cylinder = 0, head = 0, sector = 0, size, last] = parameters;
    const drive = this.drives[unit & 3];
    const { dma } = this;
    const failed = [0x40, 0x04, 0, 0, 0, 0, 0];
    if (drive?.disk === undefined || !this.isMotorOn || drive.cylinder !== cylinder) return failed;
    if (head !== ((unit >> 2) & 1) || sector < 1 || sector > SECTORS || size !== 2 || last !== SECTORS) return failed;
    if (dma.isMasked || (dma.mode & 0x0c) !== (isWrite ? 8 : 4)) return failed;
    if (this.failing > 0) {
      this.failing--;
      return failed;
    }
    if (isWrite && drive.isProtected) return [0x40, 0x02, 0, 0, 0, 0, 0];
    const bytes = dma.count + 1;
    const address = (dma.page << 16) | dma.address;
    if (dma.address + bytes > 0x10000) throw new RangeError("DMA across 64 KiB");
    const first = (cylinder * 2 + head) * SECTORS + sector - 1;
    if ((first % 36) * SECTOR + bytes > 36 * SECTOR) throw new RangeError("a transfer beyond the cylinder");
    for (let i = 0; i < bytes / SECTOR; i++) if (drive.bad.has(first + i)) return [0x40, 0x20, 0x20, 0, 0, 0, 0];
    const place = first * SECTOR;
    if (isWrite) drive.disk.set(this.memory().subarray(address, address + bytes), place);
    else this.memory().set(drive.disk.subarray(place, place + bytes), address);
    return [0, 0, 0, 0, 0, 0, 0];
  }
}

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

class Machine {
  readonly controller: Controller;
  readonly simulation: ThreadSimulation;
  ticks = 0;

  constructor(
    types = 0x40,
    hasController = true,
    start: (machine: Machine) => void = (m) => m.simulation.run("beginStart"),
  ) {
    let cmosIndex = 0;
    this.controller = new Controller(() => this.simulation.kernel.bytes);
    this.simulation = new ThreadSimulation(module, () => false, {
      in8: (port = 0) => {
        if (port === 0x71) return cmosIndex === 0x10 ? types : 0;
        return hasController ? this.controller.read(port) : 0xff;
      },
      out8: (port = 0, value = 0) => {
        if (port === 0x70) cmosIndex = value;
        else if (hasController) this.controller.write(port, value);
      },
    });
    start(this);
    this.settle();
  }

  get kernel() {
    return this.simulation.kernel;
  }

  find(name: string): number {
    return this.kernel.call("find", this.kernel.writeText(0x4000, name));
  }

  /** Interrupts and ticks, until nobody waits any more. */
  settle(): void {
    while (this.kernel.call("runningCount") > 0) {
      if (this.ticks++ > 20000) throw new Error("the driver does not come to an end");
      if (this.controller.irq) {
        this.controller.irq = false;
        this.simulation.run("interrupt");
      } else {
        this.simulation.run("tick");
      }
    }
  }

  transfer(isWrite: boolean, block: number, count = 1, device = "fd0"): number {
    this.simulation.run("begin", this.find(device), isWrite ? 1 : 0, block, count, BUFFER);
    this.settle();
    return this.kernel.call("resultOf");
  }

  get data(): Uint8Array {
    return this.kernel.bytes.subarray(BUFFER);
  }
}

/** A disk each of whose sectors holds its number and `mark`. */
function numbered(mark = 0): Uint8Array {
  const disk = new Uint8Array(2880 * SECTOR);
  const view = new DataView(disk.buffer);
  for (let i = 0; i < 2880; i++) {
    view.setUint16(i * SECTOR, i, true);
    disk[i * SECTOR + 2] = mark;
  }
  return disk;
}

function machineWith(disk: Uint8Array | undefined): Machine {
  const machine = new Machine();
  const [drive] = machine.controller.drives;
  drive?.insert(disk);
  return machine;
}

const blockAt = (machine: Machine, at = 0) => new DataView(machine.data.buffer, BUFFER).getUint16(at * SECTOR, true);

describe("floppy drives", () => {
  it("are those that the CMOS memory names", () => {
    const machine = new Machine(0x42);
    const counts = ["fd0", "fd1"].map((name) => machine.kernel.call("blockCountOf", machine.find(name)));
    expect(counts).toEqual([2880, 2400]);
    expect(new Machine(0x50).kernel.call("runningCount")).toBe(0);
    expect(new Machine(0).find("fd0")).toBe(0);
    expect(new Machine(0x40, false).find("fd0")).toBe(0);
    expect(new Machine(0x04).find("fd1")).not.toBe(0);
  });

  it("need memory for a thread, or the kernel says that it has none", () => {
    const start = (frames: number) => () =>
      new Machine(0x40, true, (machine) => machine.simulation.run("beginStarved", frames));
    expect(start(6)).toThrow("no memory for the floppy thread"); // a cylinder's buffer takes five
    expect(start(8)).not.toThrow();
  });

  it.each(["no interrupt", "early end", "no result"] as const)("fail with a controller that has %s", (fault) => {
    const machine = machineWith(numbered());
    machine.controller.fault = fault;
    expect(machine.transfer(false, 0)).toBe(EIO);
    machine.controller.fault = undefined;
    expect(machine.transfer(false, 3)).toBe(0);
    expect(blockAt(machine)).toBe(3);
  });

  it("read and write everywhere, across cylinders too", () => {
    const disk = numbered();
    const machine = machineWith(disk);
    const model = disk.slice();
    const random = new Random(2);
    for (let step = 0; step < 60; step++) {
      const near = random.below(2) === 0;
      const block = near ? 100 + random.below(60) : random.below(2880);
      const count = Math.min(1 + random.below(random.below(4) === 0 ? 90 : 4), 2880 - block);
      const isWrite = random.below(3) === 0;
      const bytes = machine.data.subarray(0, count * SECTOR);
      bytes.fill(random.below(256));
      if (isWrite) model.set(bytes, block * SECTOR);
      expect(machine.transfer(isWrite, block, count)).toBe(0);
      const expected = model.subarray(block * SECTOR, (block + count) * SECTOR);
      if (!isWrite) expect(Buffer.compare(bytes, expected), `step ${step}`).toBe(0);
    }
    expect(Buffer.compare(disk, model)).toBe(0);
  });

  it("read a cylinder once, and turn the motor off after a while", () => {
    const machine = machineWith(numbered());
    const { controller } = machine;
    machine.transfer(false, 40);
    expect(controller.outputs & 0x10).toBe(0x10);
    controller.commands.length = 0;
    for (let i = 36; i < 72; i++) {
      expect(machine.transfer(false, i)).toBe(0);
      expect(blockAt(machine)).toBe(i);
    }
    expect(controller.commands).toEqual([]);
    expect(machine.transfer(false, 72)).toBe(0);
    expect(controller.commands).toEqual([15, 0xc6]);
    for (let i = 0; i < 199; i++) machine.simulation.run("tick");
    expect(controller.outputs & 0x10).toBe(0x10);
    machine.simulation.run("tick");
    expect(controller.outputs & 0xf0).toBe(0);
    // The next request waits for the motor.
    const before = machine.ticks;
    expect(machine.transfer(false, 200)).toBe(0);
    expect(machine.ticks - before).toBeGreaterThanOrEqual(30);
  });

  it("notice a new disk, and that there is none", () => {
    const machine = machineWith(numbered(1));
    const [drive] = machine.controller.drives;
    const changes = () => machine.kernel.call("mediaChangesOf", machine.find("fd0"));
    machine.transfer(false, 5);
    expect([machine.data[2], changes()]).toEqual([1, 0]); // the first disk is no change
    drive?.insert(numbered(2));
    expect(machine.transfer(false, 6)).toBe(0);
    expect([blockAt(machine), machine.data[2], changes()]).toEqual([6, 2, 1]);
    drive?.insert(undefined);
    expect(machine.transfer(false, 6)).toBe(EIO);
    expect(machine.transfer(true, 6)).toBe(EIO);
    drive?.insert(numbered(3));
    expect(machine.transfer(false, 6)).toBe(0);
    expect(machine.data[2]).toBe(3);
    expect(changes()).toBeGreaterThan(1);
  });

  it.each<[what: string, fault: (machine: Machine) => void, isWrite: boolean, result: number]>([
    [
      "a failure",
      ({ controller }) => {
        controller.failing = 1;
      },
      false,
      0,
    ],
    [
      "four failures",
      ({ controller }) => {
        controller.failing = 4;
      },
      true,
      0,
    ],
    [
      "failures for ever",
      ({ controller }) => {
        controller.failing = 1000;
      },
      false,
      EIO,
    ],
    [
      "failures in writing for ever",
      ({ controller }) => {
        controller.failing = 1000;
      },
      true,
      EIO,
    ],
    [
      "silence",
      ({ controller }) => {
        controller.silent = 1;
      },
      false,
      0,
    ],
    [
      "silence three times",
      ({ controller }) => {
        controller.silent = 3;
      },
      true,
      0,
    ],
    [
      "silence for ever",
      ({ controller }) => {
        controller.silent = 1000;
      },
      false,
      EIO,
    ],
    [
      "a bad sector elsewhere in the cylinder",
      ({ controller }) => {
        controller.drives[0]?.bad.add(45);
      },
      false,
      0,
    ],
    [
      "a bad sector",
      ({ controller }) => {
        controller.drives[0]?.bad.add(40);
      },
      false,
      EIO,
    ],
    [
      "a protected disk, for reading",
      ({
        controller: {
          drives: [drive],
        },
      }) => {
        if (drive) drive.isProtected = true;
      },
      false,
      0,
    ],
    [
      "a protected disk",
      ({
        controller: {
          drives: [drive],
        },
      }) => {
        if (drive) drive.isProtected = true;
      },
      true,
      EROFS,
    ],
  ])("survive %s", (_, fault, isWrite, result) => {
    const machine = machineWith(numbered());
    machine.transfer(false, 1000);
    fault(machine);
    expect(machine.transfer(isWrite, 40)).toBe(result);
    if (result === 0 && !isWrite) expect(blockAt(machine)).toBe(40);
    machine.controller.failing = machine.controller.silent = 0;
    expect(machine.transfer(false, 2000)).toBe(0);
    expect(blockAt(machine)).toBe(2000);
  });
});
