// The PCI configuration spaces and the PCI BIOS, register for register beside QEMU's 440FX board.

import { expect, it } from "vitest";
import { qemuMissing } from "../judges/qemu.ts";
import { runOnBoth } from "./programs.ts";

/** Lines of registers become one entry for each register, "is 08 +3C": value; other lines are entries of their own. */
function entriesOf(lines: readonly string[]): Map<string, string> {
  const entries = new Map<string, string>();
  for (const line of lines) {
    const [kind, where, ...registers] = line.split(" ");
    if (kind !== "is" && kind !== "ones") entries.set(kind, [where, ...registers].join(" "));
    else {
      registers.forEach((value, i) => {
        entries.set(`${kind} ${where} +${(i * 4).toString(16).toUpperCase().padStart(2, "0")}`, value);
      });
    }
  }
  return entries;
}

/** What ours has where QEMU's differs. Subsystem numbers (+2C), which QEMU adds to each function, are left out. */
const DATA_SHEETS = {
  address: "80FFFFFC", // bits that do not exist read as zero
  "is 00 +04": "02800006", // the host bridge has no I/O space; its status
  "is 00 +54": "01000000", // DRAM: QEMU keeps none of these registers
  "is 00 +58": "00000010",
  "is 00 +60": "01010101",
  "is 00 +64": "01010101",
  "is 00 +70": "00021000",
  "is 08 +04": "02000007", // the ISA bridge is on for good
  "is 09 +04": "02800005", // the IDE function has no memory
  "is 10 +18": "00000000", // the display's registers stand at ports only
};

it.skipIf(qemuMissing())(
  "PCI functions and the PCI BIOS are as in QEMU, but where the data sheets say otherwise",
  async () => {
    const { ours, theirs } = await runOnBoth("pci");
    const judged = entriesOf(theirs);
    const found = entriesOf(ours);
    expect([...found.keys()]).toEqual([...judged.keys()]);
    const different = [...found].filter(([name, value]) => judged.get(name) !== value && !name.endsWith("+2C"));
    const alike = { ...DATA_SHEETS, ...Object.fromEntries(different.filter(([name]) => name.startsWith("ones"))) };
    expect(Object.fromEntries(different)).toEqual(alike);
    // Ones are kept where the registers differ already, and where QEMU has wider masks.
    const onlyOnes = different.map(([name]) => name).filter((name) => !(name.replace("ones", "is") in DATA_SHEETS));
    expect(onlyOnes).toEqual(["ones 00 +0C", "ones 09 +0C", "ones 10 +30"]);
  },
);
