// BIOSes of other makes on our PC, from the packages of Bochs and QEMU: good judges of its devices.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Machine, type MachineOptions } from "../../pc/machine.ts";
import { makeCd, makeCdBoot } from "../../toolchain/image/cd.ts";
import { buildCdBlock, buildSetup } from "../firmware/build.ts";
import { machineParts, rowsOfScreen } from "../judges/ours.ts";
import { ARTEFACTS, scratchDirectory } from "../support.ts";
import { diskImage, floppyImage, kernelImage, PROMPT } from "./images.ts";

const scratch = scratchDirectory("bios");
afterAll(() => scratch.remove());

const VIDEO = "/usr/share/vgabios/vgabios.bin";
const BIOSES: [string, string, string][] = [
  ["Bochs' BIOS", "/usr/share/bochs/BIOS-bochs-latest", VIDEO],
  ["Bochs' older BIOS", "/usr/share/bochs/BIOS-bochs-legacy", VIDEO],
  ["SeaBIOS", "/usr/share/seabios/bios.bin", "/usr/share/seabios/vgabios-stdvga.bin"],
  ["SeaBIOS, large", "/usr/share/seabios/bios-256k.bin", "/usr/share/seabios/vgabios-stdvga.bin"],
];
const MEDIA: [string, () => Pick<MachineOptions, "floppyA" | "hda" | "cdrom" | "bootOrder">][] = [
  ["a diskette", () => ({ floppyA: Uint8Array.from(floppyImage()), bootOrder: "a" })],
  ["a disk", () => ({ hda: diskImage(), bootOrder: "c" })],
  ["a CD", () => ({ cdrom: cd(), bootOrder: "d" })],
];
const bytesOf = (file: string) => new Uint8Array(readFileSync(file));

function cd(): Uint8Array {
  const boot = makeCdBoot(buildCdBlock(), { kernel: kernelImage(), setup: buildSetup() }, "/boot/cd.img");
  return new Uint8Array(Buffer.concat([...makeCd({ files: [], boot }).pieces]));
}

describe.each(BIOSES)("%s with a video BIOS", (_, bios, videoBios) => {
  const isThere = existsSync(bios) && existsSync(videoBios);
  test.skipIf(!isThere).each(MEDIA)("boots MiniOS from %s", async (_medium, media) => {
    const machine = Machine.create({
      ...media(),
      parts: await machineParts(),
      bios: bytesOf(bios),
      videoBios: bytesOf(videoBios),
    });
    const until = () => PROMPT.test(rowsOfScreen(machine).join("\n"));
    expect([machine.run({ timeNs: 30e9, instructions: 200e6, until }), rowsOfScreen(machine)[0]]).toEqual([
      "until",
      "MiniOS 0.1",
    ]);
  });
});

test.skipIf(!existsSync(BIOSES[2][1]))("a saved state has the BIOS's shadow RAM in it", async () => {
  const [, bios, video] = BIOSES[2];
  const create = async () =>
    Machine.create({
      parts: await machineParts(),
      bios: bytesOf(bios),
      videoBios: bytesOf(video),
      floppyA: Uint8Array.from(floppyImage()),
      bootOrder: "a",
    });
  const machine = await create();
  const isAt = (pc: Machine, pattern: RegExp) => () => pattern.test(rowsOfScreen(pc).join("\n"));
  expect(machine.run({ timeNs: 30e9, until: isAt(machine, /SeaBIOS \(version/) })).toBe("until");
  const other = await create();
  other.restore(machine.save());
  for (const each of [machine, other]) expect(each.run({ timeNs: 30e9, until: isAt(each, PROMPT) })).toBe("until");
  expect([other.instructions, rowsOfScreen(other)]).toEqual([machine.instructions, rowsOfScreen(machine)]);
});

describe("minios run -bios -vgabios", () => {
  const run = (...words: string[]) => {
    const all = [ARTEFACTS.cli, "run", ARTEFACTS.floppy, ...words, "--display", "none", "--until", "^minios>"];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...all, "--snapshot"], {
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  };

  const [, bios, video] = BIOSES[0];
  test.skipIf(!existsSync(bios) || !existsSync(video))("boots with them", () => {
    expect(run("-bios", bios, "-vgabios", video)).toEqual({ status: 0, stdout: "", stderr: "" });
  });

  test("says in a line what is wrong with them", () => {
    const file = join(scratch.path, "rom.bin");
    const refused = (bytes: Uint8Array, ...words: string[]) => {
      writeFileSync(file, bytes);
      const { status, stderr } = run(...words);
      return [status, stderr.replaceAll(file, "F").split("\n")[0]];
    };
    expect(refused(new Uint8Array(1000), "-bios", file)).toEqual([2, expect.stringMatching(/F.*64 KiB.*1000 bytes/)]);
    expect(refused(new Uint8Array(1024), "-vgabios", file)).toEqual([2, expect.stringMatching(/F.*55 AA.*another/)]);
    expect(refused(Uint8Array.of(0x55, 0xaa, 4, 0), "-vgabios", file)).toEqual([
      2,
      expect.stringMatching(/F.*2048 bytes.*4 of them/),
    ]);
    expect(run("-bios", "/none")).toMatchObject({ status: 2 });
  });
});
