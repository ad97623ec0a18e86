import { beforeEach, expect, test } from "vitest";
import { Bench } from "./cpu/program.testing.ts";
import { hostBridge } from "./devices/index.ts";
import type { PciFunction } from "./devices/pci-function.ts";
import { connectShadowRam } from "./shadow.ts";

const ROM = 0xf_0000;
const OPTION = 0xc_8000;

let memory: Bench["cpu"]["memory"];
let bridge: PciFunction;

beforeEach(() => {
  memory = new Bench().cpu.memory;
  memory.mapRom(ROM, new Uint8Array(0x1_0000).fill(0xaa));
  bridge = hostBridge();
  connectShadowRam(bridge, memory);
});

const byte = (address: number) => memory.read(address, 1)[0];
const write = (address: number, value: number) => memory.write(address, Uint8Array.of(value));

test("after a reset there is the ROM, and nothing where none is", () => {
  write(ROM, 1);
  write(OPTION, 1);
  expect([byte(ROM), byte(OPTION)]).toEqual([0xaa, 0xff]);
});

test("a BIOS copies itself into RAM, writes there, and closes it", () => {
  bridge.write8(0x59, 0x20); // reads from the ROM, writes to the RAM
  write(ROM, byte(ROM));
  bridge.write8(0x59, 0x30);
  write(ROM + 1, 2);
  bridge.write8(0x59, 0x10);
  write(ROM + 1, 3);
  expect([byte(ROM), byte(ROM + 1), byte(ROM + 2)]).toEqual([0xaa, 2, 0xaa]);
});

test("the RAM keeps what it had while the ROM is seen again", () => {
  bridge.write8(0x59, 0x30);
  write(ROM, 5);
  bridge.reset();
  expect(byte(ROM)).toBe(0xaa);
  bridge.write8(0x59, 0x30);
  expect(byte(ROM)).toBe(5);
});

test("each piece has a half of a register", () => {
  bridge.write8(0x5b, 0x03); // C8000 to CBFFF, not CC000 to CFFFF
  write(OPTION, 7);
  write(OPTION + 0x4000, 7);
  expect([byte(OPTION), byte(OPTION + 0x3fff), byte(OPTION + 0x4000)]).toEqual([7, 0xff, 0xff]);
});
