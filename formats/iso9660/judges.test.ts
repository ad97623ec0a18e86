// Our CDs before xorriso, and its CDs before our reader.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { missing, scratchDirectory } from "../../test/support.ts";
import { planIso, readIso } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const LONG = `${"a long name ".repeat(18)}.text`;
const FILES = [
  { path: "/boot/grub/grub.cfg", data: bytes("set timeout=5\n") },
  { path: `/${LONG}`, data: new Uint8Array(9000).map((_, i) => i) },
  { path: "/größe", data: bytes("ü") },
  { path: "/nothing", data: new Uint8Array(0) },
  { path: "/none/", data: new Uint8Array(0) },
  ...Array.from({ length: 50 }, (_, i) => ({ path: `/many/file number ${i}`, data: bytes(`${i}`) })),
];
const reason = missing("xorriso");
const scratch = scratchDirectory("iso");
afterAll(() => scratch.remove());
const file = (name: string) => join(scratch.path, name);

function xorriso(...words: string[]): string {
  const { status, stdout, stderr } = spawnSync("xorriso", ["-report_about", "WARNING", ...words], { encoding: "utf8" });
  expect({ status, stderr: stderr.replace(/^xorriso 1.*\n*/gm, "") }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe.skipIf(reason)(`CDs before xorriso${reason ? ` (${reason})` : ""}`, () => {
  it.each(["on", "off"])("it finds and gives back all files of ours, with Rock Ridge %s", (rockRidge) => {
    writeFileSync(file("ours.iso"), Buffer.concat([...planIso(FILES, { label: "OURS" }).pieces()]));
    const names = rockRidge === "on" ? [] : ["-read_fs", "norock"];
    const found = xorriso(...names, "-indev", file("ours.iso"), "-find", "/")
      .trim()
      .split("\n");
    if (rockRidge === "on") for (const { path } of FILES) expect(found).toContain(`'${path.replace(/\/$/, "")}'`);
    // The files, and the root and three folders that come of their paths.
    expect(found).toHaveLength(FILES.length + 4);
    const long = rockRidge === "on" ? LONG : `${LONG.slice(0, 57)}.text`;
    xorriso(...names, "-osirrox", "on", "-indev", file("ours.iso"), "-extract", `/${long}`, file(`back-${rockRidge}`));
    expect(new Uint8Array(readFileSync(file(`back-${rockRidge}`)))).toEqual(FILES[1].data);
  });

  it("it finds the boot image of ours, and nothing to complain about", () => {
    const boot = {
      path: "/boot/cd.img",
      bytes: new Uint8Array(5000).fill(0x90),
      loadSectors: 4,
      informationTable: true,
    };
    const plan = planIso(FILES, { boot });
    writeFileSync(file("boot.iso"), Buffer.concat([...plan.pieces()]));
    const report = xorriso("-indev", file("boot.iso"), "-report_el_torito", "plain");
    expect(report).toMatch(new RegExp(`El Torito boot img : +1 +BIOS +y +none +0x0000 +0x00 +4 +${plan.boot?.block}`));
    expect(report).toMatch(/boot-info-table/);
  });

  it.each([
    ["Rock Ridge and Joliet", ["-joliet", "on"], "Rock Ridge"],
    ["Joliet alone", ["-rockridge", "off", "-joliet", "on"], "Joliet"],
    ["plain names", ["-rockridge", "off"], "plain"],
  ])("we read one of its own: %s", (_, options, names) => {
    mkdirSync(file("tree/folder/deep"), { recursive: true });
    writeFileSync(file("tree/folder/deep/file.txt"), FILES[1].data);
    writeFileSync(file("tree/A long name of mine"), "x");
    rmSync(file("theirs.iso"), { force: true });
    xorriso(
      "-outdev",
      `stdio:${file("theirs.iso")}`,
      "-volid",
      "THEIRS",
      ...options,
      "-map",
      file("tree"),
      "/",
      "-commit",
    );
    const image = new Uint8Array(readFileSync(file("theirs.iso")));
    const volume = readIso(image);
    expect(volume).toMatchObject({ label: "THEIRS", names });
    const found = volume.entries.find(({ path }) => path.toLowerCase() === "/folder/deep/file.txt");
    expect(found && image.subarray(found.offset, found.offset + found.size)).toEqual(FILES[1].data);
    expect(volume.entries).toHaveLength(4);
    if (names !== "plain") expect(volume.entries.map(({ path }) => path)).toContain("/A long name of mine");
  });
});
