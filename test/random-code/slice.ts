// Random bytes as code, in every mode and ring: nothing that a guest executes may throw on the host, stand still, or touch a byte
// outside its own memory. A slice is random memory, random registers and a mode; what runs is up to the bytes.

import { Cpu, type CpuBus, type Engine } from "../../pc/cpu/cpu.ts";
import { GENERAL_NAMES, type SegmentName } from "../../pc/cpu/registers.ts";
import { Random } from "../hardware/random.ts";

const MIB = 0x10_0000;
const MEMORY_BYTES = 2 * MIB;
/** Video memory and ROM: no RAM is seen there, and none may be written behind it. */
const HOLE = { from: 0xa_0000, to: 0x10_0000 };

// Where things are. Code, data and stacks share one region, so that code is written, too.
const REGION = 0x2_0000;
const REGION_BYTES = 0x2_0000;
const GDT = 0x1_0000;
const GDT_ENTRIES = 64;
const IDT = 0x1_1000;
const TSS = 0x1_2000;
const DIRECTORY = 0x1_4000;
const TABLES = 0x1_5000;
const POINTERS = 0x1_3000;
const CONFINED_BYTES = 0x3_0000;

const PE = 1;
const ET = 0x10;
const WP = 0x1_0000;
const PG = 0x8000_0000;
const PSE = 0x10;
const PAE = 0x20;
const FXSR = 0x600;
const VM = 0x2_0000;

const PIECE = 2000;
const MOST_ACCESSES = 50_000;

export interface Mode {
  name: string;
  cr0: number;
  cr4: number;
  ring: 0 | 3;
  bits: 16 | 32;
  virtual?: boolean;
}

export const MODES: readonly Mode[] = [
  { name: "real", cr0: 0, cr4: 0, ring: 0, bits: 16 },
  { name: "real, 32-bit segments", cr0: 0, cr4: 0, ring: 0, bits: 32 },
  { name: "protected 16, ring 0", cr0: PE, cr4: 0, ring: 0, bits: 16 },
  { name: "protected 16, ring 3", cr0: PE, cr4: 0, ring: 3, bits: 16 },
  { name: "protected 32, ring 0", cr0: PE, cr4: FXSR, ring: 0, bits: 32 },
  { name: "protected 32, ring 3", cr0: PE, cr4: FXSR, ring: 3, bits: 32 },
  { name: "paging, ring 0", cr0: PE | PG | WP, cr4: PSE | FXSR, ring: 0, bits: 32 },
  { name: "paging, ring 3", cr0: PE | PG, cr4: FXSR, ring: 3, bits: 32 },
  { name: "PAE, ring 0", cr0: PE | PG, cr4: PAE, ring: 0, bits: 32 },
  { name: "PAE, ring 3", cr0: PE | PG | WP, cr4: PAE | FXSR, ring: 3, bits: 32 },
  { name: "virtual-8086", cr0: PE, cr4: 0, ring: 3, bits: 16, virtual: true },
  { name: "virtual-8086, paging, VME", cr0: PE | PG, cr4: 1, ring: 3, bits: 16, virtual: true },
];

/** A slice that went wrong; `seed` makes it anew. */
export class SliceError extends Error {
  override readonly name = "SliceError";

  constructor(
    readonly seed: number,
    readonly mode: string,
    what: string,
    options?: ErrorOptions,
  ) {
    super(`slice with seed ${seed} (${mode}): ${what}`, options);
  }
}

/** A CPU with nothing but noise around it. */
export class NoiseMachine {
  private random = new Random(0);
  private readonly cpu: Cpu;
  private accesses = 0;
  /** What nobody may touch, and what it was. */
  private readonly guarded: { what: string; from: number; bytes: Uint8Array }[] = [];

  constructor(core: WebAssembly.Module, engine?: Engine) {
    const noise = (size: number): number => this.random.bits() >>> (32 - size * 8);
    const bus: CpuBus = {
      readPort: (_, size) => this.counted(noise(size)),
      writePort: () => this.disturb(),
      readMemory: (_, size) => this.counted(noise(size)),
      writeMemory: () => this.disturb(),
      acknowledgeInterrupt: () => {
        this.cpu.setInterruptLine(false);
        return this.random.below(256);
      },
      numericError: () => this.cpu.ignoreNumericError(),
    };
    this.cpu = Cpu.create({ module: core, memoryBytes: MEMORY_BYTES, bus, engine, compileAfter: 20 });
    const rom = new Uint8Array(0x1_0000).map((_, i) => (i * 7) & 0xff);
    this.cpu.mapRom(0xf_0000, rom);
    this.cpu.mapRom(0xffff_0000, rom);
    const host = this.cpu.hostMemory;
    for (const { what, from, length } of this.cpu.hostRanges(HOLE.from, HOLE.to)) {
      // Where the core keeps nothing a pattern tells more than zeros.
      if (what !== "map of physical memory" && what !== "ROM") {
        for (let at = from; at < from + length; at++) host[at] = (at * 29) & 0xff;
      }
      this.guarded.push({ what, from, bytes: host.slice(from, from + length) });
    }
  }

  /** A repeated INS of thousands of millions of words is one instruction, and would take hours: enough is enough. */
  private counted(value: number): number {
    if (++this.accesses >= MOST_ACCESSES) this.cpu.stop();
    return value;
  }

  /** A bus write may make an interrupt, as a device would. */
  private disturb(): void {
    this.counted(0);
    if (this.random.chance(5)) this.cpu.setInterruptLine(true);
    if (this.random.chance(1)) this.cpu.raiseNmi();
  }

  /**
   * Runs one slice, until so many instructions have run, it shuts down, or it has made too many accesses to the bus.
   * @param alive called now and then
   * @returns the instructions that ran
   * @throws SliceError
   */
  run(seed: number, mode: Mode, instructions: number, alive: () => void = () => {}): number {
    this.random = new Random(seed);
    const { cpu } = this;
    const start = cpu.instructions;
    try {
      this.accesses = 0;
      this.prepare(mode);
      while (cpu.instructions - start < instructions && !cpu.shutdown && this.accesses < MOST_ACCESSES) {
        const before = cpu.instructions;
        alive();
        cpu.run(Math.min(PIECE, instructions - (before - start)));
        if (cpu.halted) this.wake();
        else if (cpu.instructions === before && !cpu.shutdown) throw new SliceError(seed, mode.name, "it stands still");
      }
    } catch (error) {
      if (error instanceof SliceError) throw error;
      throw new SliceError(seed, mode.name, `the host got ${String(error)}`, { cause: error });
    }
    this.check(seed, mode);
    return cpu.instructions - start;
  }

  private wake(): void {
    const { cpu } = this;
    if (cpu.interruptsEnabled) cpu.setInterruptLine(true);
    else cpu.raiseNmi();
    if (!cpu.asleep) return;
    // Not even an NMI wakes it.
    cpu.reset();
    this.prepare(this.random.pick(MODES));
  }

  private check(seed: number, mode: Mode): void {
    const host = this.cpu.hostMemory;
    for (const { what, from, bytes } of this.guarded) {
      if (Buffer.compare(host.subarray(from, from + bytes.length), bytes) === 0) continue;
      const at = bytes.findIndex((byte, i) => host[from + i] !== byte);
      throw new SliceError(
        seed,
        mode.name,
        `byte ${(from + at).toString(16)} of the host's memory (${what}) has changed`,
      );
    }
  }

  private prepare(mode: Mode): void {
    const { cpu, random } = this;
    cpu.reset();
    cpu.setInterruptLine(false);
    cpu.setA20(random.chance(90));
    this.fillMemory(mode);
    const { registers } = cpu;
    registers.setControl(3, mode.cr4 & PAE ? POINTERS : DIRECTORY);
    registers.setControl(4, mode.cr4);
    registers.setControl(0, mode.cr0 | ET | (random.chance(50) ? 0x20 : 0));
    for (const name of GENERAL_NAMES) {
      registers.setGeneral(name, random.chance(60) ? REGION + random.below(REGION_BYTES) : random.edge(32));
    }
    registers.gdtr = { base: GDT, limit: GDT_ENTRIES * 8 - 1 };
    registers.idtr = mode.cr0 & PE ? { base: IDT, limit: 0x7ff } : { base: 0, limit: 0x3ff };
    registers.setSegment("tr", { selector: 8, base: TSS, limit: 0x2068, attributes: 0x8b });
    registers.setSegment("ldtr", { selector: 0x10, base: GDT, limit: GDT_ENTRIES * 8 - 1, attributes: 0x82 });
    const flags = (random.bits() & 0x7ed5) | (random.chance(2) ? 0x100 : 0);
    registers.eflags = flags | 2 | (mode.virtual ? VM : 0);
    this.loadSegments(mode);
    registers.eip = mode.bits === 16 ? random.below(0x1_0000) : REGION + random.below(REGION_BYTES);
    registers.setGeneral("esp", mode.bits === 16 ? random.below(0x1_0000) : REGION + random.below(REGION_BYTES));
  }

  private loadSegments(mode: Mode): void {
    const { random } = this;
    const { registers } = this.cpu;
    const names: readonly SegmentName[] = ["es", "cs", "ss", "ds", "fs", "gs"];
    for (const name of names) {
      if (mode.virtual || ((mode.cr0 & PE) === 0 && mode.bits === 16)) {
        const selector = (REGION >> 4) + random.below(0x1000);
        const attributes = mode.virtual ? 0xf3 : 0x93;
        registers.setSegment(name, { selector, base: selector << 4, limit: 0xffff, attributes });
        continue;
      }
      const access = (name === "cs" ? 0x9b : 0x93) | (mode.ring << 5);
      const selector = ((name === "cs" ? 3 : 4) + (mode.ring === 3 ? 2 : 0) + (mode.bits === 16 ? 4 : 0)) * 8;
      const wide = mode.bits === 32;
      const base = wide ? 0 : REGION;
      const limit = wide ? 0xffff_ffff : 0xffff;
      registers.setSegment(name, {
        selector: selector | mode.ring,
        base,
        limit,
        attributes: access | (wide ? 0xc000 : 0),
      });
    }
  }

  private fillMemory(mode: Mode): void {
    const { random, cpu } = this;
    const words = new Uint32Array((REGION + REGION_BYTES) / 4);
    for (let i = REGION / 4; i < words.length; i++) words[i] = random.bits();
    // Now and then a byte that many instructions begin with, so that more than one byte in three of them makes sense.
    for (let i = 0; i < 256; i++) words[i] = ((random.below(0x2000) + (REGION >> 4)) << 16) | random.below(0x1_0000);
    this.fillTables(words, mode);
    cpu.memory.write(0, new Uint8Array(words.buffer));
  }

  private fillTables(words: Uint32Array, mode: Mode): void {
    const { random } = this;
    const pair = (at: number, low: number, high: number): void => {
      words[at / 4] = low >>> 0;
      words[at / 4 + 1] = high >>> 0;
    };
    const code = (): number => REGION + random.below(REGION_BYTES);
    pair(GDT + 8, (TSS << 16) | 0x2068, 0x8b00 | (TSS >>> 16));
    pair(GDT + 16, (GDT << 16) | 0x1ff, 0x8200 | (GDT >>> 16));
    for (const [index, access] of [
      [3, 0x9b],
      [4, 0x93],
      [5, 0xfb],
      [6, 0xf3],
    ] as const) {
      pair(GDT + index * 8, 0xffff, 0x00cf_0000 | (access << 8));
      pair(GDT + (index + 4) * 8, ((REGION & 0xffff) << 16) | 0xffff, (access << 8) | (REGION >>> 16));
    }
    for (let index = 11; index < GDT_ENTRIES; index++) {
      const segment = random.chance(60);
      const type = random.below(16) | (segment ? 0x10 : 0);
      const access = (random.chance(90) ? 0x80 : 0) | (random.below(4) << 5) | type;
      const gateTarget = random.pick([3, 5, 7, 9]) * 8;
      if (segment || type === 2)
        pair(
          GDT + index * 8,
          (code() << 16) | random.below(0x1_0000),
          (random.pick([0, 4, 8, 12]) << 20) | (access << 8) | 2,
        );
      else
        pair(
          GDT + index * 8,
          (gateTarget << 16) | (code() & 0xffff),
          (code() & 0xffff_0000) | (access << 8) | random.below(4),
        );
    }
    for (let vector = 0; vector < 256; vector++) {
      const type = random.pick([14, 14, 14, 15, 6, 7]);
      const selector = type < 8 ? 7 * 8 : random.pick([3, 3, 3, 7]) * 8;
      const target = selector === 7 * 8 ? random.below(0x1_0000) : code();
      pair(
        IDT + vector * 8,
        (selector << 16) | (target & 0xffff),
        (target & 0xffff_0000) | 0x8000 | (random.below(4) << 13) | (type << 8),
      );
    }
    for (const ring of [0, 1, 2])
      pair(TSS + 4 + ring * 8, REGION + REGION_BYTES - ring * 0x1000, ring === 0 ? 4 * 8 : 0);
    words[(TSS + 0x1c) / 4] = mode.cr4 & PAE ? POINTERS : DIRECTORY;
    words[(TSS + 0x64) / 4] = 0x68_0000;
    if (mode.cr0 & PG) this.fillPages(words, mode);
  }

  /** Pages of the region at random rights, everything below it whole, and aliases further up. */
  private fillPages(words: Uint32Array, mode: Mode): void {
    const { random } = this;
    const wide = (mode.cr4 & PAE) !== 0;
    const size = wide ? 2 : 1;
    const entry = (page: number): number => {
      const frame = page < CONFINED_BYTES >>> 12 ? page : (REGION >>> 12) + random.below(REGION_BYTES >>> 12);
      const rights = random.chance(85) ? 7 : random.below(8);
      return (frame << 12) | (page < REGION >>> 12 ? 7 : rights) | (random.chance(50) ? 0x60 : 0);
    };
    const count = 1024 / size;
    for (let page = 0; page < count; page++) {
      const at = TABLES / 4 + page * size;
      words[at] = entry(page);
      if (wide) words[at + 1] = random.chance(3) ? 0x8000_0000 : 0;
    }
    for (let index = 0; index < count; index++) {
      const at = DIRECTORY / 4 + index * size;
      words[at] = index === 0 || random.chance(40) ? TABLES | 7 : random.chance(20) ? 0x87 : 0;
      if (wide) words[at + 1] = 0;
    }
    if (wide) for (let i = 0; i < 4; i++) words[POINTERS / 4 + i * 2] = DIRECTORY | 1;
  }
}
