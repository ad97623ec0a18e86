// The domain builder: where things are put, what is refused, and 100,000 damaged kernels.

import { describe, expect, test } from "vitest";
import { Elf32Error } from "../../formats/elf32.ts";
import { XenGuestError } from "../../formats/xen-guest.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { xorshift } from "../devices/testbench.ts";
import { fillDomain, planDomain, readDomainKernel } from "./builder.ts";
import { GUEST_STRING, guestElf, run } from "./guest.testing.ts";

const PAGES = 4096;
const MIB = 0x10_0000;
const plan = (image: Uint8Array, ramdisk = 0, pages = PAGES) => planDomain(readDomainKernel(image), ramdisk, pages);

describe("a domain's memory", () => {
  test("is laid out in Xen's order, each thing on a page of its own", () => {
    const { entry, ramdisk, frameList, startInfo, storePage, consolePage, pageTables, tableCount, stackTop, end } =
      plan(guestElf(".skip 5000"), 10_000);
    expect([entry, ramdisk, frameList]).toEqual([0x10_0000, 0x10_2000, 0x10_5000]);
    expect([startInfo, storePage, consolePage, pageTables]).toEqual([0x10_9000, 0x10_a000, 0x10_b000, 0x10_c000]);
    expect([tableCount, stackTop, end]).toEqual([2, 0x10_f000, 4 * MIB]);
  });

  test("is mapped half a MiB further than what is in it, to a multiple of 4 MiB", () => {
    expect(plan(guestElf("nop"), 2.4 * MIB).end).toBe(4 * MIB);
    const further = plan(guestElf("nop"), 2.6 * MIB);
    expect([further.end, further.tableCount]).toEqual([8 * MIB, 3]);
  });

  test("begins where VIRT_BASE says: a kernel high up runs there", () => {
    const source = `
        .section __xen_guest
        .asciz  "${GUEST_STRING},VIRT_BASE=0xc0000000"
        .text
        .globl  _start
_start: cmpl    $0xc0100000, %esp               # behind the kernel
        jb      1f
        movl    68(%esi), %eax
        cmpl    $0xc0100000, %eax
        jb      1f
        movl    $6, %eax
        movl    $2, %ebx
        xorl    %ecx, %ecx
        movl    $0xc0002000 + 6 * 32, %edx      # the second page from VIRT_BASE on
        call    *%edx
1:      ud2
`;
    const { object } = assemble(source, { file: "high.s" });
    const kernel = link([{ name: "high.o", object }], { textAddress: 0xc010_0000 }).elf;
    expect(run("", { image: { kernel } })).toBe("");
  });

  test.each([
    ["VIRT_BASE=0x100800", "a VIRT_BASE on a page boundary", "0x100800"],
    ["VIRT_BASE=0x200000,ELF_PADDR_OFFSET=0x200000", "segments in 0x200000-0xfc000000", "one at 0x100000"],
    ["VIRT_ENTRY=0x200000", "an entry in 0x100000-0x100001", "0x200000"],
    ["HYPERCALL_PAGE=0x400", "a hypercall page in 0x0-0x400000", "0x400000"],
    ["PAE=yes", "a kernel for two-level page tables (PAE=no)", "one that needs PAE"],
    ["FEATURES=!auto_translated_physmap", "no feature that must be there", "FEATURES=!auto_translated_physmap"],
  ])("%s: expected %s", (said, expected, found) => {
    const image = guestElf("nop", `${GUEST_STRING.replace("HYPERCALL_PAGE=0x2", "GUEST_VER=1")},${said}`);
    expect(() => plan(image)).toThrow(expect.objectContaining({ expected, found }));
  });

  test("must be enough", () => {
    expect(() => plan(guestElf("nop"), 0, 512)).toThrow(/a start that fits into 2048 KiB, found 4096 KiB are needed/);
    expect(() => plan(guestElf("nop"), 20 * MIB)).toThrow(/a start that fits into 16384 KiB/);
  });
});

test("100,000 damaged kernels: a plan, or an error with expected and found", () => {
  const good = guestElf("nop");
  const random = xorshift(4711);
  let planned = 0;
  for (let i = 0; i < 100_000; i++) {
    const image = good.slice(0, random() % 16 === 0 ? random() % good.length : good.length);
    // Headers matter most: the file's, the segments', the sections'.
    for (let changes = 1 + (random() % 3); changes > 0; changes--) {
      const at = random() % 3 === 0 ? random() % image.length : random() % 120;
      image[at] = random() % 4 === 0 ? 0xff : random() & 0xff;
    }
    try {
      const kernel = readDomainKernel(image);
      const where = planDomain(kernel, 0, PAGES);
      if (planned++ % 100 === 0) {
        const { writes } = fillDomain(kernel, where, {
          image: { kernel: image },
          firstMfn: 512,
          pages: PAGES,
          sharedInfo: 5,
        });
        const end = (512 + PAGES) * 4096;
        const inside = writes.every(({ address, bytes }) => address >= 512 * 4096 && address + bytes.length <= end);
        if (!inside) throw new RangeError("a write outside of the domain");
      }
    } catch (error) {
      if (!(error instanceof Elf32Error || error instanceof XenGuestError)) throw error;
    }
  }
  expect(planned).toBeGreaterThan(10_000);
});
