// Debian's memtest86+ on our PC: 16 MiB, one processor, from a CD by our boot loader. The tests see it through its first tests; with
// MINIOS_FULL set, through its whole pass.

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Machine } from "../../pc/machine.ts";
import { makeCd, makeCdBoot } from "../../toolchain/image/cd.ts";
import { buildCdBlock } from "../firmware/build.ts";
import { machineParts } from "../judges/ours.ts";
import { artefact } from "../support.ts";

const MEMTEST = "/boot/memtest86+ia32.bin";
const MENU = "set timeout=0\nmenuentry memtest {\n linux /memtest nosmp\n}\n";
const MIB = 0x10_0000;
const FULL = Boolean(process.env["MINIOS_FULL"]);
/** Test #3 begins when address tests and the first moving inversions are through. */
const UNTIL = FULL ? /Pass: +1 +Errors: 0/ : /Test #3/;
const MOST_GUEST_NS = FULL ? 900e9 : 60e9;

function memtestCd(): Uint8Array {
  const files = [
    { path: "/boot/grub/grub.cfg", data: new TextEncoder().encode(MENU) },
    { path: "/memtest", data: new Uint8Array(readFileSync(MEMTEST)) },
  ];
  const boot = makeCdBoot(buildCdBlock(), { loader: artefact("loader") }, "/boot/cd.img");
  const { pieces } = makeCd({ files, boot });
  return new Uint8Array(Buffer.concat([...pieces]));
}

test.skipIf(!existsSync(MEMTEST))(
  "memtest86+ finds no error in 16 MiB",
  async () => {
    const machine = Machine.create({ parts: await machineParts(), memoryBytes: 16 * MIB, cdrom: memtestCd() });
    const screen = (): string => machine.screen.text().join("\n");
    const reason = machine.run({ timeNs: MOST_GUEST_NS, until: () => UNTIL.test(screen()) });
    expect({ reason, screen: screen() }).toMatchObject({ reason: "until" });
    expect(screen()).toMatch(/16MB/);
    expect(screen()).toMatch(/SMP: Disabled/);
    expect(screen()).toMatch(/Errors: 0/);
  },
  FULL ? 900_000 : undefined,
);
