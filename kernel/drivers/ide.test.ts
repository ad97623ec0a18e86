import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../testing.ts";
import { compileThreads, ThreadSimulation } from "../testing-threads.ts";

// The driver on disks that the test plays: registers, data behind the port, interrupts, and faults on demand.
const SOURCE = `
import { disableInterrupts, enableInterrupts } from "./platform/interrupts.ts";
import { handleIrq } from "./platform/pc/interrupts.ts";
import { runTimers } from "./clock/timers.ts";
import { transferBlocks } from "./device/block.ts";
import { Device, findDevice } from "./device/device.ts";
import { findPartitions } from "./device/partitions.ts";
import { startIde } from "./drivers/ide.ts";
export { findPartitions, startIde };
export function find(name: usize): usize { return changetype<usize>(findDevice(name)); }
export function blockCountOf(device: usize): u32 { return changetype<Device>(device).blockCount; }
export function firstBlockOf(device: usize): u32 { return changetype<Device>(device).firstBlock; }
export function interrupt(irq: u32): void { disableInterrupts(); handleIrq(irq); settle(); }
export function settle(): void { enableInterrupts(); yieldProcessor(); }
export function tick(): void { disableInterrupts(); onTick(); runTimers(); settle(); }
const jobs = memory.data(1024, 4);
let running: u32 = 0;
/** A job: device, isWrite, block, count, buffer, result. */
function work(job: usize): u32 {
  const at = jobs + job * 24;
  store<i32>(at, transferBlocks(changetype<Device>(load<u32>(at)), load<u32>(at, 4) != 0, load<u32>(at, 8), load<u32>(at, 12),
    load<u32>(at, 16)), 20);
  running--;
  return 0;
}
export function begin(job: usize, device: usize, isWrite: u32, block: u32, count: u32, buffer: usize): void {
  const at = jobs + job * 24;
  store<u32>(at, device as u32);
  store<u32>(at, isWrite, 4);
  store<u32>(at, block, 8);
  store<u32>(at, count, 12);
  store<u32>(at, buffer as u32, 16);
  running++;
  startKernelThread(work, job, 5, true, "job");
  settle();
}
export function resultOf(job: usize): i32 { return load<i32>(jobs + job * 24, 20); }
export function runningCount(): u32 { return running; }
function scan(device: usize): u32 { findPartitions(changetype<Device>(device)); running--; return 0; }
export function beginScan(device: usize): void { running++; startKernelThread(scan, device, 5, true, "scan"); settle(); }
`;
const SECTOR = 512;
const EIO = -5;

/** What goes wrong with a command. */
type Fault = "error" | "silence" | undefined;

class Disk {
  readonly bytes: Uint8Array;
  multiple = 1;
  readonly commands: number[] = [];
  /** For each command on, what goes wrong. */
  faults: Fault[] = [];

  constructor(
    readonly sectors: number,
    readonly maxMultiple: number,
    readonly isPacket = false,
  ) {
    this.bytes = new Uint8Array(sectors * SECTOR);
  }
}

/** One channel, as ATA/ATAPI-5 has it, without time: commands are done at once, and the interrupt waits for the test. */
class Channel {
  private readonly registers = new Uint8Array(8);
  private status = 0x50;
  private nIen = false;
  private transfer: { at: number; end: number; isWrite: boolean; chunk: number } | undefined;
  irq = false;

  constructor(readonly drives: (Disk | undefined)[]) {}

  get selected(): Disk | undefined {
    return this.drives[((this.registers[6] ?? 0) >> 4) & 1];
  }

  read(register: number): number {
    if (this.drives.every((drive) => drive === undefined)) return 0xff;
    if (register === 7) this.irq = false;
    if (this.selected === undefined) return 0;
    return register === 7 ? this.status : (this.registers[register] ?? 0);
  }

  write(register: number, value: number): void {
    if (register !== 7) this.registers[register] = value;
    else if (this.selected !== undefined) this.run(this.selected, value);
  }

  control(value: number): void {
    this.nIen = (value & 2) !== 0;
    if ((value & 4) !== 0) {
      this.transfer = undefined;
      this.status = 0x50;
      for (const drive of this.drives) if (drive !== undefined) drive.multiple = 1;
    }
  }

  alternateStatus(): number {
    return this.drives.every((drive) => drive === undefined) ? 0xff : this.selected === undefined ? 0 : this.status;
  }

  private interrupt(): void {
    if (!this.nIen) this.irq = true;
  }

  private run(disk: Disk, command: number): void {
    const fault = command === 0xec || command === 0xc6 ? undefined : disk.faults.shift();
    const [, , count = 0, low = 0, mid = 0, high = 0, device = 0] = this.registers;
    const at = (low | (mid << 8) | (high << 16) | ((device & 15) << 24)) * SECTOR;
    disk.commands.push(command);
    this.status = 0x50;
    this.transfer = undefined;
    if (command === 0xec && disk.isPacket) {
      this.registers[4] = 0x14;
      this.registers[5] = 0xeb;
      this.status = 0x51;
      return;
    }
    if (command === 0xec) {
      this.transfer = { at: 0, end: SECTOR, isWrite: false, chunk: 1 };
      this.status = 0x58;
      return;
    }
    if (command === 0xc6) {
      disk.multiple = count;
      return;
    }
    const isWrite = command === 0x30 || command === 0xc5;
    if (fault === "silence") {
      this.status = 0x50;
      return;
    }
    if (fault === "error") {
      this.status = 0x51;
      this.interrupt();
      return;
    }
    if (at + (count || 256) * SECTOR > disk.bytes.length) throw new RangeError("a command beyond the disk");
    const isMultiple = command === 0xc4 || command === 0xc5;
    if (isMultiple && disk.multiple < 2) throw new RangeError("a multiple command before SET MULTIPLE MODE");
    this.transfer = { at, end: at + (count || 256) * SECTOR, isWrite, chunk: isMultiple ? disk.multiple : 1 };
    this.status = 0x58;
    if (!isWrite) this.interrupt();
  }

  /** Moves `words` 16-bit words: exactly what one interrupt asks for. */
  moveWords(memory: Uint8Array, address: number, words: number, isWrite: boolean): void {
    const { transfer, selected } = this;
    if (transfer === undefined || selected === undefined || transfer.isWrite !== isWrite)
      throw new Error("data nobody wants");
    const bytes = words * 2;
    if (bytes !== Math.min(transfer.chunk * SECTOR, transfer.end - transfer.at))
      throw new Error("not the data of one interrupt");
    if (selected.commands.at(-1) === 0xec) {
      const view = new DataView(memory.buffer, memory.byteOffset + address, SECTOR);
      view.setUint16(94, selected.maxMultiple, true);
      view.setUint16(98, 1 << 9, true);
      view.setUint32(120, selected.sectors, true);
    } else if (isWrite) {
      selected.bytes.set(memory.subarray(address, address + bytes), transfer.at);
    } else {
      memory.set(selected.bytes.subarray(transfer.at, transfer.at + bytes), address);
    }
    transfer.at += bytes;
    if (transfer.at === transfer.end) {
      this.transfer = undefined;
      this.status = 0x50;
      if (isWrite) this.interrupt();
    } else {
      this.interrupt();
    }
  }
}

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await compileThreads(SOURCE);
});

class Machine {
  readonly channels: [Channel, Channel];
  readonly simulation: ThreadSimulation;

  constructor(...drives: (Disk | undefined)[]) {
    this.channels = [new Channel(drives.slice(0, 2)), new Channel(drives.slice(2, 4))];
    const at = (port: number): [Channel, number] | undefined => {
      if (port >= 0x1f0 && port < 0x1f8) return [this.channels[0], port - 0x1f0];
      if (port >= 0x170 && port < 0x178) return [this.channels[1], port - 0x170];
      if (port === 0x3f6 || port === 0x376) return [this.channels[port === 0x3f6 ? 0 : 1], 8];
      return undefined;
    };
    const move = (isWrite: boolean) => (port: number, address: number, words: number) => {
      at(port)?.[0].moveWords(this.simulation.kernel.bytes, address, words, isWrite);
      return 0;
    };
    this.simulation = new ThreadSimulation(
      module,
      () => false,
      {
        in8: (port = 0) => {
          if (port === 0xa0) return 0x80; // line 15 is in service: no spurious interrupt
          const [channel, register] = at(port) ?? [];
          return register === 8 ? channel?.alternateStatus() : channel?.read(register ?? 0);
        },
        out8: (port = 0, value = 0) => {
          const [channel, register] = at(port) ?? [];
          if (register === 8) channel?.control(value);
          else channel?.write(register ?? 0, value);
        },
      },
      { readPortWords: move(false), writePortWords: move(true) },
    );
    this.simulation.run("startIde");
  }

  find(name: string): number {
    const { kernel } = this.simulation;
    return kernel.call("find", kernel.writeText(0x4000, name));
  }

  begin(job: number, device: string, isWrite: boolean, block: number, count: number, buffer: number): void {
    this.simulation.run("begin", job, this.find(device), isWrite ? 1 : 0, block, count, buffer);
  }

  /** Delivers one interrupt, of either channel; false if none waits. */
  interrupt(pick = 0): boolean {
    for (const index of [pick, 1 - pick]) {
      if (!this.channels[index]?.irq) continue;
      this.simulation.run("interrupt", 14 + index);
      return true;
    }
    return false;
  }

  settle(): void {
    while (this.interrupt());
  }

  /** The result of a job, once it is done. */
  result(job: number): number {
    return this.simulation.kernel.call("resultOf", job);
  }
}

const BUFFER = 0x1000000;
const numbered = (disk: Disk) => {
  for (let i = 0; i < disk.sectors; i++) disk.bytes.fill(i & 0xff, i * SECTOR, (i + 1) * SECTOR);
  return disk;
};

describe("IDE disks", () => {
  it("are found on both channels, by the names of their places; other things are left alone", () => {
    const machine = new Machine(new Disk(100, 16), new Disk(10, 16, true), undefined, new Disk(300, 0));
    expect(["hda", "hdb", "hdc", "hdd"].map((name) => machine.find(name) !== 0)).toEqual([true, false, false, true]);
    expect(machine.simulation.kernel.call("blockCountOf", machine.find("hdd"))).toBe(300);
    expect(new Machine().find("hda")).toBe(0);
  });

  it.each([0, 1, 2, 8, 16, 128])("read and write everywhere, up to %i sectors for each interrupt", (most) => {
    const disk = numbered(new Disk(1000, most));
    const machine = new Machine(disk);
    const model = disk.bytes.slice();
    const random = new Random(most);
    const { bytes } = machine.simulation.kernel;
    for (let step = 0; step < 40; step++) {
      const block = random.below(1000);
      const count = Math.min(1 + random.below(step % 4 === 0 ? 600 : 20), 1000 - block);
      const isWrite = random.below(2) === 1;
      const memory = bytes.subarray(BUFFER, BUFFER + count * SECTOR);
      memory.fill(random.below(256));
      if (isWrite) model.set(memory, block * SECTOR);
      machine.begin(0, "hda", isWrite, block, count, BUFFER);
      machine.settle();
      expect(machine.simulation.kernel.call("runningCount")).toBe(0);
      expect(machine.result(0)).toBe(0);
      if (!isWrite) expect(Buffer.compare(memory, model.subarray(block * SECTOR, (block + count) * SECTOR))).toBe(0);
    }
    expect(Buffer.compare(disk.bytes, model)).toBe(0);
    expect(disk.multiple).toBe(most >= 16 ? 16 : Math.max(most, 1));
  });

  it("share a channel fairly, and work on both channels at once", () => {
    const disks = [0, 1, 2].map(() => numbered(new Disk(1000, 1)));
    const machine = new Machine(...disks);
    const random = new Random(9);
    for (let job = 0; job < 12; job++) {
      machine.begin(job, ["hda", "hdb", "hdc"][job % 3] ?? "", false, 100 + job, 3, BUFFER + job * 0x1000);
    }
    const done: number[] = [];
    while (machine.interrupt(random.below(2))) {
      for (let job = 0; job < 12; job++) {
        if (!done.includes(job) && machine.simulation.kernel.bytes[BUFFER + job * 0x1000 + 1024] === 102 + job)
          done.push(job);
      }
    }
    expect(machine.simulation.kernel.call("runningCount")).toBe(0);
    expect(done.filter((job) => job % 3 < 2)).toEqual([0, 1, 3, 4, 6, 7, 9, 10]);
    expect(done.filter((job) => job % 3 === 2)).toEqual([2, 5, 8, 11]);
  });

  it.each<[what: string, isWrite: boolean, faults: Fault[], result: number, commands: number]>([
    ["an error", false, ["error"], 0, 2],
    ["two errors", true, ["error", "error"], 0, 3],
    ["three errors", false, ["error", "error", "error"], EIO, 3],
    ["three errors in writing", true, ["error", "error", "error"], EIO, 3],
    ["silence", false, ["silence"], 0, 2],
    ["silence in writing", true, ["silence"], 0, 2],
    ["silence for ever", false, ["silence", "silence", "silence"], EIO, 3],
  ])("survive %s", (_, isWrite, faults, result, commands) => {
    const disk = numbered(new Disk(1000, 16));
    const machine = new Machine(disk);
    const { kernel } = machine.simulation;
    disk.commands.length = 0;
    disk.faults = [...faults];
    machine.begin(0, "hda", isWrite, 5, 2, BUFFER);
    machine.begin(1, "hda", false, 77, 1, BUFFER + 0x1000);
    for (let tick = 0; tick < 3100 && kernel.call("runningCount") > 0; tick++) {
      machine.settle();
      machine.simulation.run("tick");
    }
    expect(kernel.call("runningCount")).toBe(0);
    expect(machine.result(0)).toBe(result);
    expect(disk.commands).toHaveLength(commands + 1);
    // The request behind it is not harmed.
    expect(machine.result(1)).toBe(0);
    expect(kernel.bytes[BUFFER + 0x1000]).toBe(77);
    if (result === 0 && !isWrite) expect(kernel.bytes[BUFFER + 512]).toBe(6);
    // After a reset for silence the drive moves single sectors.
    expect(disk.multiple).toBe(faults.includes("silence") ? 1 : 16);
  });

  it("take no notice of interrupts that nobody waits for", () => {
    const machine = new Machine(numbered(new Disk(100, 16)));
    machine.simulation.run("interrupt", 14);
    machine.begin(0, "hda", false, 3, 1, BUFFER);
    machine.settle();
    expect(machine.simulation.kernel.bytes[BUFFER]).toBe(3);
  });
});

describe("partitions", () => {
  /** Four entries: status, type, first block, blocks. */
  function scan(entries: [number, number, number, number][], signature = 0xaa55): string[] {
    const disk = new Disk(1000, 16);
    const view = new DataView(disk.bytes.buffer);
    entries.forEach(([status, type, first, blocks], i) => {
      disk.bytes[446 + i * 16] = status;
      disk.bytes[450 + i * 16] = type;
      view.setUint32(454 + i * 16, first, true);
      view.setUint32(458 + i * 16, blocks, true);
    });
    view.setUint16(510, signature, true);
    const machine = new Machine(disk);
    machine.simulation.run("beginScan", machine.find("hda"));
    machine.settle();
    expect(machine.simulation.kernel.call("runningCount")).toBe(0);
    return [1, 2, 3, 4].flatMap((number) => {
      const device = machine.find(`hda${number}`);
      const { kernel } = machine.simulation;
      return device === 0
        ? []
        : [`${number}: ${kernel.call("firstBlockOf", device)}+${kernel.call("blockCountOf", device)}`];
    });
  }

  it("are those of the table that lie on the disk", () => {
    expect(
      scan([
        [0x80, 6, 63, 100],
        [0, 0x0c, 163, 837],
        [0, 0, 5, 5],
        [0, 0x83, 200, 1],
      ]),
    ).toEqual(["1: 63+100", "2: 163+837", "4: 200+1"]);
    expect(
      scan([
        [0, 6, 0, 10],
        [0, 6, 10, 0],
        [0, 6, 163, 838],
        [0, 6, 0xfffffff0, 0x20],
      ]),
    ).toEqual([]);
  });

  it("are none without a signature, or when the entries are something else", () => {
    expect(scan([[0x80, 6, 63, 100]], 0)).toEqual([]);
    expect(
      scan([
        [0x80, 6, 63, 100],
        [0x20, 6, 200, 10],
      ]),
    ).toEqual([]);
  });
});
