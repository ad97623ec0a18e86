// Guests that mean harm: random hypercalls with random arguments, and random code. Nothing is thrown, nothing hangs, and after any of it the
// page tables that the processor walks name the domain's own frames only, none of them a page table that the guest can write.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Clock } from "../clock.ts";
import { Cpu } from "../cpu/cpu.ts";
import { xorshift } from "../devices/testbench.ts";
import { HYPERVISOR_VIRT_START, PAGE } from "./abi.ts";
import { Domain } from "./domain.ts";
import { L1_TABLE, L2_TABLE, UNTYPED, WRITABLE } from "./frames.ts";
import { guestElf, guestMachine } from "./guest.testing.ts";
import { layoutFor, MFN_MACH2PHYS_TABLE, MFN_SHARED_INFO, MFN_WINDOW_TABLE } from "./layout.ts";

const MIB = 0x10_0000;
const MEMORY = 6 * MIB;

/** The hypervisor's part of every directory: two tables, read-only. Accessed and available bits aside. */
const OURS = [MFN_MACH2PHYS_TABLE * PAGE + 1, MFN_WINDOW_TABLE * PAGE + 1, ...new Array<number>(14).fill(0)];

/** A domain without a machine around it: hypercalls are made by hand. */
function bareDomain() {
  const layout = layoutFor(MEMORY);
  let ended = false;
  const core = new WebAssembly.Module(readFileSync(new URL("../../dist/core.wasm", import.meta.url)));
  const cpu = Cpu.create({
    module: core,
    memoryBytes: layout.memoryBytes,
    bus: {
      readPort: () => 0,
      writePort: () => {},
      readMemory: () => 0,
      writeMemory: () => {},
      acknowledgeInterrupt: () => 0,
    },
    onTrap: (trap) => domain.onTrap(trap),
  });
  const domain: Domain = new Domain({
    cpu,
    clock: new Clock(() => (cpu.instructions + domain.work) * 10),
    layout,
    image: { kernel: guestElf("ud2") },
    name: "hostile",
    startTime: new Date(0),
    nsPerInstruction: 10,
    onShutdown: () => {
      ended = true;
    },
  });
  domain.build();
  return {
    domain,
    /** True if the domain has ended; then it is built anew. */
    renewed(): boolean {
      if (!ended) return false;
      ended = false;
      domain.build();
      return true;
    },
  };
}

/** Counts of every frame's uses, found by walking what is in memory, against those that the frame table keeps. */
function checkConfinement(domain: Domain): void {
  const { frames, layout, cpu } = domain;
  const end = layout.firstMfn + layout.pages;
  const types = new Uint32Array(end);
  const references = new Uint32Array(end);
  const tables = new Map<number, number>();
  const kept = frames.save();
  const words = (field: string) => {
    const bytes = kept[field];
    if (!(bytes instanceof Uint8Array)) throw new TypeError(field);
    return new Uint32Array(bytes.slice().buffer);
  };
  const use = (mfn: number, typed: boolean) => {
    if (typed) types[mfn]++;
    references[mfn]++;
  };
  const entriesOf = (mfn: number) => new Uint32Array(cpu.memory.read(mfn * PAGE, PAGE).buffer);
  const visit = (mfn: number, type: number) => {
    use(mfn, true);
    expect(frames.typeOf(mfn)).toBe(type);
    if (tables.has(mfn)) return;
    tables.set(mfn, type);
    const all = entriesOf(mfn);
    const entries = all.subarray(0, type === L2_TABLE ? HYPERVISOR_VIRT_START >>> 22 : 1024);
    if (type === L2_TABLE) expect(Array.from(all.subarray(entries.length), (word) => word & ~0xfe0)).toEqual(OURS);
    for (const entry of entries) {
      if ((entry & 1) === 0) continue;
      const target = entry >>> 12;
      if (type === L2_TABLE && target === mfn) {
        if ((entry & 2) !== 0) throw new RangeError(`directory ${mfn} can be written through itself`);
      } else if (type === L2_TABLE) visit(target, L1_TABLE);
      else {
        if (!frames.isMappable(target))
          throw new RangeError(`table ${mfn} maps frame ${target}, which is not the guest's`);
        if ((entry & 2) !== 0 && frames.typeOf(target) !== WRITABLE) {
          throw new RangeError(`table ${mfn} maps frame ${target} writable, which is of type ${frames.typeOf(target)}`);
        }
        use(target, (entry & 2) !== 0);
      }
    }
  };
  visit(domain.directory, L2_TABLE);
  for (let mfn = layout.firstMfn; mfn < end; mfn++) {
    if (frames.isPinned(mfn)) visit(mfn, frames.typeOf(mfn));
  }
  for (const mfn of domain.gdt.save()) use(mfn, true);
  for (const mfn of domain.sharedFrames) use(mfn, true);
  expect(words("typeCounts")).toEqual(types);
  expect(words("references")).toEqual(references);
  expect(references[MFN_SHARED_INFO]).toBe(types[MFN_SHARED_INFO]);
}

test("100,000 random hypercalls", () => {
  const { domain, renewed } = bareDomain();
  const { cpu, layout, guest } = domain;
  const random = xorshift(0x5eed);
  const below = (count: number) => random() % count;
  const BUFFER = 0x10_4000;
  /** The first page that a new domain has not mapped: it can become anything. */
  const UNMAPPED = 0x400;
  /** Frames: mostly page tables and their neighbours, sometimes anything. */
  const frame = () => {
    switch (below(6)) {
      case 0:
        return below(layout.firstMfn);
      case 1:
        return layout.firstMfn + below(layout.pages);
      case 2:
        return domain.directory + below(6) - 1;
      case 3:
        return layout.firstMfn + 0x104 + below(4);
      case 4:
        return random() >>> 12;
      default:
        return layout.firstMfn + UNMAPPED + below(8);
    }
  };
  const entry = () => ((frame() << 12) | [0, 1, 3, 1, 3, 7, 0x63, 0x83, 0x103][below(9)]) >>> 0;
  const value = () => {
    const choices = [
      () => below(16),
      () => BUFFER + below(0x1000),
      () => frame(),
      () => entry(),
      () => ((frame() << 12) + below(1024) * 4 + below(3)) >>> 0,
      () => [0xe019, 0xe021, 0xe02b, 0xe033, 0x7ff0, 0x7ff1, 8, 0xe008][below(8)],
      () => (0x8000_0000 + below(4)) >>> 0,
      () => 0xfc00_0000 + below(0x100_0000),
      () => random(),
      () => 0,
    ];
    return choices[below(choices.length)]();
  };
  const CALLS = [
    0, 1, 1, 1, 1, 2, 3, 4, 5, 6, 10, 12, 12, 13, 14, 14, 14, 15, 16, 17, 18, 21, 24, 26, 26, 26, 29, 32, 32,
  ];
  /** Puts a few entries, good and bad, into a page that is nothing yet: a table to be checked. */
  const plant = () => {
    const mfn = layout.firstMfn + UNMAPPED + below(8);
    if (domain.frames.typeOf(mfn) !== UNTYPED || !domain.frames.isOwned(mfn)) return;
    for (let count = below(6); count >= 0; count--) cpu.memory.setWord(mfn * PAGE + below(1024) * 4, entry());
    if (below(3) === 0) cpu.memory.write(mfn * PAGE, new Uint8Array(PAGE));
  };
  let ends = 0;
  let successes = 0;
  for (let step = 0; step < 100_000; step++) {
    plant();
    guest.writeWords(BUFFER + 4 * below(1000), value(), value(), value(), value(), value());
    const number = below(50) === 0 ? below(64) : CALLS[below(CALLS.length)];
    const args = [value(), value(), value(), value(), value(), value()];
    if (below(2) === 0) {
      // As it would be right: a list in the buffer, a small count, this domain.
      if (number === 1 || number === 26) args.splice(0, 4, BUFFER + 16 * below(64), 1 + below(3), 0, 0x7ff0);
      if (number === 1) guest.writeWords(args[0], ((frame() << 12) | (below(1024) * 4)) >>> 0, 0, entry(), 0);
      if (number === 26) guest.writeWords(args[0], below(8), frame(), 0);
      if (number === 14) args.splice(0, 4, below(1100) * PAGE, entry(), 0, 2);
      if (number === 2) args[0] = BUFFER;
      if (number === 2) guest.writeWords(BUFFER, frame(), frame());
      if (number === 12) args[1] = BUFFER;
      if (number === 12) guest.writeWords(BUFFER, BUFFER + 20, 1 + below(4), 0, 0, 0x7ff0, frame(), frame(), frame());
    }
    const names = ["ebx", "ecx", "edx", "esi", "edi", "ebp"] as const;
    names.forEach((name, i) => {
      cpu.registers.setGeneral(name, args[i]);
    });
    cpu.registers.setGeneral("eax", number);
    cpu.registers.eip = 0x10_0100;
    domain.onTrap({ vector: 0x82, source: "software" });
    if (number === 1 || number === 14 || number === 26) successes += cpu.registers.general("eax") === 0 ? 1 : 0;
    if (renewed()) ends++;
    if (step % 500 === 0) checkConfinement(domain);
  }
  checkConfinement(domain);
  // It has not only been refused.
  expect(successes).toBeGreaterThan(1000);
  expect(ends).toBeGreaterThan(10);
}, 30_000);

test("300 guests of random code run to an end or to their limit", () => {
  const random = xorshift(77);
  const ends = new Map<string, number>();
  const machine = guestMachine(".skip 0x1000, 0x90", { memoryBytes: 5 << 20 });
  const fresh = machine.save();
  for (let i = 0; i < 300; i++) {
    machine.restore(fresh);
    const code = Uint8Array.from({ length: 512 }, () => random() & 0xff);
    // Hypercalls come by chance too seldom.
    for (let at = 0; at < 500; at += 20 + (random() % 40)) code.set([0xb8, random() % 40, 0, 0, 0, 0xcd, 0x82], at);
    machine.memory.write(0x20_0000 + 0x10_0000, code);
    const reason = machine.run({ instructions: 3000, timeNs: machine.timeNs + 1e9 });
    ends.set(reason, (ends.get(reason) ?? 0) + 1);
  }
  expect(
    [...ends.keys()].every((reason) => ["dead", "powerOff", "halted", "instructions", "time"].includes(reason)),
  ).toBe(true);
  expect(ends.get("dead")).toBeGreaterThan(50);
});
