// Memory detection on BIOSes that know less: setup without E820h, and without E801h as well. From drive B, so DL matters too.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Machine } from "../../pc/machine.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { artefact } from "../support.ts";
import { runUntil } from "./our-pc.ts";

const REFUSED = 506;
const SCRIPT = "ENTRY(_start) SECTIONS { . = 0x7c00; .text : { *(.text) } }";

function hookFloppy(refused: readonly number[]): Uint8Array {
  const file = "test/firmware/fallback.s";
  const { object } = assemble(readFileSync(file, "utf8"), { file });
  const image = new Uint8Array(1440 * 1024);
  image.set(link([{ name: file, object }], { script: SCRIPT }).flat());
  refused.forEach((service, i) => {
    image.set([service & 0xff, service >> 8], REFUSED + 2 * i);
  });
  return image;
}

/** KiB that MiniOS says it has, on a PC of 24 MiB whose BIOS refuses these services. */
function memorySeen(refused: readonly number[]): number {
  const machine = Machine.create({
    parts: { core: new WebAssembly.Module(new Uint8Array(artefact("core"))), bios: new Uint8Array(artefact("bios")) },
    memoryBytes: 24 << 20,
    floppyA: hookFloppy(refused),
    floppyB: new Uint8Array(artefact("floppy")),
  });
  const rows = runUntil(machine, /minios>/);
  return Number(/free of (\d+) KB/.exec(rows.join("\n"))?.[1]);
}

test.each([
  ["all services", []],
  ["no E820h", [0xe820]],
  ["neither E820h nor E801h", [0xe820, 0xe801]],
])("with %s, MiniOS finds its memory", (_what, refused) => {
  const all = memorySeen([]);
  expect(all).toBeGreaterThan(23 * 1024);
  // The older services do not tell of what lies just below 640 KiB; above 1 MiB they agree.
  expect(Math.abs(memorySeen(refused) - all)).toBeLessThanOrEqual(8);
});
