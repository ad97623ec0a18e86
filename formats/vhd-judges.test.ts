// Our virtual disks before qemu-img, and its disks before our reader. (qemu-img has no check for this format; it compares contents.)

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { missing, scratchDirectory } from "../test/support.ts";
import { readVhd, writeVhd } from "./vhd.ts";

const reason = missing("qemu-img");
const scratch = scratchDirectory("vhd");
afterAll(() => scratch.remove());
const file = (name: string) => join(scratch.path, name);

function qemuImg(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("qemu-img", words, { encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe.skipIf(reason)(`virtual disks before qemu-img${reason ? ` (${reason})` : ""}`, () => {
  it.each([
    ["fixed", 3_000_000],
    ["dynamic", 3_000_000],
    ["dynamic", 40_000_000],
  ] as const)("a %s one of ours has our contents and our size: %i bytes", (kind, size) => {
    const raw = new Uint8Array(size).fill(0xa5, size / 3, size / 2);
    raw.set([0x55, 0xaa], 510);
    const image = writeVhd(raw, { kind });
    writeFileSync(file("ours.vhd"), image);
    const disk = readVhd(image);
    writeFileSync(file("disk.raw"), disk);
    const info = JSON.parse(qemuImg("info", "--output=json", "-f", "vpc", file("ours.vhd")));
    expect(info["virtual-size"]).toBe(disk.length);
    expect(qemuImg("compare", "-f", "vpc", "-F", "raw", file("ours.vhd"), file("disk.raw"))).toContain("identical");
    expect(Buffer.compare(disk.subarray(0, size), raw)).toBe(0);
  });

  it.each(["fixed", "dynamic"])("a %s one of qemu-img's has its contents for us", (kind) => {
    const raw = new Uint8Array(17 * 2 ** 20).fill(0x5a, 5_000_000, 5_001_000);
    writeFileSync(file("theirs.raw"), raw);
    qemuImg("convert", "-f", "raw", "-O", "vpc", "-o", `subformat=${kind}`, file("theirs.raw"), file("theirs.vhd"));
    const disk = readVhd(new Uint8Array(readFileSync(file("theirs.vhd"))));
    expect(disk.length).toBeGreaterThanOrEqual(raw.length);
    expect(Buffer.compare(disk.subarray(0, raw.length), raw)).toBe(0);
  });
});
