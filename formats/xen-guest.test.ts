// What kernels say to Xen: strings and notes as their assemblers write them, and 100,000 damaged ones of each.

import { describe, expect, test } from "vitest";
import { PT_NOTE, SHT_NOTE, SHT_PROGBITS } from "./elf32.ts";
import type { ExecutableSection, Segment } from "./elf32-executable.ts";
import { findXenGuest, XenGuestError } from "./xen-guest.ts";

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const section = (name: string, type: number, data: Uint8Array): ExecutableSection => ({
  name,
  type,
  flags: 0,
  address: 0,
  offset: 0x1000,
  align: 4,
  data,
  entrySize: 0,
});
const byString = (text: string) =>
  findXenGuest({ segments: [], sections: [section("__xen_guest", SHT_PROGBITS, latin1(text))] });

/** One note: owner, type, value. */
function note(owner: string, type: number, value: number | string): number[] {
  const name = [...latin1(`${owner}\0`)];
  const bytes = typeof value === "string" ? [...latin1(`${value}\0`)] : word(value);
  return [...word(name.length), ...word(bytes.length), ...word(type), ...padded(name), ...padded(bytes)];
}
const word = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 0xff);
const padded = (bytes: number[]) => [...bytes, ...new Array<number>(-bytes.length & 3).fill(0)];
const byNotes = (...notes: number[][]) =>
  findXenGuest({ segments: [], sections: [section(".note.Xen", SHT_NOTE, Uint8Array.from(notes.flat()))] });

const MINIMAL = "XEN_VER=xen-3.0,LOADER=generic";

describe("the string", () => {
  test("of a small guest: base 0, hypercall page by its number", () => {
    expect(
      byString("GUEST_OS=hello,XEN_VER=xen-3.0,HYPERCALL_PAGE=0x2,LOADER=generic,PT_MODE_WRITABLE\0junk=1,PAE=yes"),
    ).toEqual({
      offset: 0x1000,
      from: "string",
      guestOs: "hello",
      guestVersion: "",
      xenVersion: "xen-3.0",
      loader: "generic",
      virtualBase: 0,
      physicalOffset: 0,
      hypercallPage: 0x2000,
      pae: "no",
      features: [],
    });
  });

  test("of a kernel high up: what it leaves out follows from VIRT_BASE", () => {
    const text = `GUEST_OS=linux,GUEST_VER=2.6,XEN_VER=xen-3.0,VIRT_BASE=0xC0000000,VIRT_ENTRY=0xC0100000,HYPERCALL_PAGE=0x102,FEATURES=writable_page_tables|!dom0,PAE=yes[extended-cr3]`;
    expect(byString(text)).toMatchObject({
      virtualBase: 0xc000_0000,
      physicalOffset: 0xc000_0000,
      entry: 0xc010_0000,
      hypercallPage: 0xc010_2000,
      features: ["writable_page_tables", "!dom0"],
      pae: "yes",
    });
    expect(byString(`${MINIMAL},VIRT_BASE=4096,ELF_PADDR_OFFSET=010`)).toMatchObject({
      virtualBase: 4096,
      physicalOffset: 8,
    });
  });

  test.each([
    ["LOADER=generic", "XEN_VER=xen-3.0", "none"],
    ["XEN_VER=xen-2.0,LOADER=generic", "XEN_VER=xen-3.0", '"xen-2.0"'],
    ["XEN_VER=xen-3.0,GUEST_OS=hello", "LOADER=generic", "none"],
    [`${MINIMAL},VIRT_BASE=high`, "VIRT_BASE=NUMBER below 4 GiB", '"high"'],
    [`${MINIMAL},HYPERCALL_PAGE=`, "HYPERCALL_PAGE=NUMBER below 4 GiB", '""'],
    [`${MINIMAL},VIRT_ENTRY=0x100000000`, "VIRT_ENTRY=NUMBER below 4 GiB", '"0x100000000"'],
  ])("%s: expected %s", (text, expected, found) => {
    expect(() => byString(text)).toThrow(expect.objectContaining({ name: "XenGuestError", expected, found }));
  });
});

describe("notes", () => {
  const NOTES = [
    note("GNU", 1, 0),
    note("Xen", 5, "xen-3.0"),
    note("Xen", 8, "generic"),
    note("Xen", 6, "minios"),
    note("Xen", 7, "1"),
    note("Xen", 3, 0xc000_0000),
    note("Xen", 1, 0xc010_0000),
    note("Xen", 2, 0xc010_2000),
    note("Xen", 9, "yes,bimodal"),
    note("Xen", 10, "!supervisor_mode_kernel"),
    note("Xen", 12, 0xf500_0000),
    note("Xen", 4711, 3),
  ];

  test("say the same, and their physical addresses are physical", () => {
    expect(byNotes(...NOTES)).toEqual({
      offset: 0x1000,
      from: "notes",
      guestOs: "minios",
      guestVersion: "1",
      xenVersion: "xen-3.0",
      loader: "generic",
      virtualBase: 0xc000_0000,
      physicalOffset: 0,
      entry: 0xc010_0000,
      hypercallPage: 0xc010_2000,
      hypervisorStart: 0xf500_0000,
      pae: "bimodal",
      features: ["!supervisor_mode_kernel"],
    });
  });

  test("come from segments as well, and count more than a string", () => {
    const data = Uint8Array.from([...note("Xen", 5, "xen-3.0"), ...note("Xen", 8, "generic")]);
    const segment: Segment = {
      type: PT_NOTE,
      flags: 4,
      virtualAddress: 0,
      physicalAddress: 0,
      offset: 0x200,
      data,
      memorySize: data.length,
      align: 4,
    };
    const sections = [section("__xen_guest", SHT_PROGBITS, latin1(`${MINIMAL},VIRT_BASE=4096`))];
    expect(findXenGuest({ segments: [segment], sections })).toMatchObject({
      from: "notes",
      offset: 0x200,
      virtualBase: 0,
    });
  });

  test("of others, and no notes at all: no Xen kernel", () => {
    expect(byNotes(note("GNU", 1, 0))).toBeUndefined();
    expect(byNotes([1, 2, 3])).toBeUndefined();
    expect(findXenGuest({ segments: [], sections: [] })).toBeUndefined();
  });

  test.each([
    [[note("Xen", 5, "xen-3.0"), word(4), word(99), word(1)], "a note that ends in its section"],
    [[note("Xen", 3, "four+")], "a note's number of 4 or 8 bytes"],
    [[note("Xen", 3, "seven78")], "an address below 4 GiB"],
    [[note("Xen", 8, "generic")], "a note XEN_VERSION xen-3.0"],
  ])("damaged: %#", (notes, expected) => {
    expect(() => byNotes(...notes)).toThrow(expect.objectContaining({ name: "XenGuestError", expected }));
  });

  test("100,000 damaged ones of each kind: a guest, none, or an error with its offset", () => {
    let state = 99;
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const string = latin1(`GUEST_OS=a,VIRT_BASE=0x1000,HYPERCALL_PAGE=0x2,FEATURES=a|b,${MINIMAL}\0`);
    const notes = Uint8Array.from(NOTES.flat());
    let good = 0;
    for (let i = 0; i < 200_000; i++) {
      const isNotes = i % 2 === 0;
      let data = (isNotes ? notes : string).slice();
      for (let changes = 1 + random(3); changes > 0; changes--) data[random(data.length)] = random(256);
      if (random(4) === 0) data = data.subarray(0, random(data.length));
      try {
        const one = isNotes ? section(".note.Xen", SHT_NOTE, data) : section("__xen_guest", SHT_PROGBITS, data);
        if (findXenGuest({ segments: [], sections: [one] })) good++;
      } catch (error) {
        if (!(error instanceof XenGuestError) || error.offset < 0x1000 || error.offset > 0x1000 + data.length)
          throw error;
      }
    }
    expect(good).toBeGreaterThan(20_000);
  });
});
