import { describe, expect, it } from "vitest";
import { Elf32Error } from "../../formats/elf32.ts";
import { assemble } from "../asm/index.ts";
import { link } from "../link/index.ts";
import { ImageError } from "./error.ts";
import { joinBootImage } from "./join.ts";

const sector = (fill = 0xf4) => {
  const bytes = new Uint8Array(512).fill(fill);
  bytes.set([0x55, 0xaa], 510);
  return bytes;
};

describe("joinBootImage", () => {
  it("puts bare bytes behind the boot sector and fills the diskette", () => {
    const { image, kernelSectors, loadAddress } = joinBootImage(sector(), new Uint8Array(600).fill(7));
    expect([image.length, kernelSectors, loadAddress]).toEqual([1474560, 2, undefined]);
    expect([image[511], image[512], image[512 + 599], image[512 + 600]]).toEqual([0xaa, 7, 7, 0]);
  });

  it("takes ELF executables as memory is to hold them", () => {
    const object = assemble(".long 1\n.data\n.long 2\n.bss\n.skip 5000", { file: "k.s" }).object;
    const script = "SECTIONS { .text 0x10000 : { *(.text) } .data 0x10100 : { *(.data) } .bss : { *(.bss) } }";
    const kernel = link([{ name: "k.o", object }], { script }).elf;
    const { image, kernelSectors, loadAddress } = joinBootImage(sector(), kernel, "sectors");
    expect([image.length, kernelSectors, loadAddress]).toEqual([1024, 1, 0x10000]);
    expect([image[512], image[512 + 0x100], image[512 + 0x104]]).toEqual([1, 2, 0]);
  });

  it.each([
    [new Uint8Array(511), new Uint8Array(1), undefined, "boot sector, offset 0: expected 512 bytes, found 511 bytes"],
    [new Uint8Array(512), new Uint8Array(1), undefined, "boot sector, offset 510: expected 55 aa, found 00 00"],
    [sector(), new Uint8Array(0), undefined, "kernel, offset 0: expected some bytes, found none"],
    [sector(), new Uint8Array(513), 1024, "to fit into 1024 bytes, found 1536 bytes"],
  ])("says what is wrong (%#)", (boot, kernel, size, message) => {
    expect(() => joinBootImage(boot, kernel, size)).toThrow(ImageError);
    expect(() => joinBootImage(boot, kernel, size)).toThrow(message);
  });

  it("refuses a broken ELF file", () => {
    expect(() => joinBootImage(sector(), Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 1, 1, 1))).toThrow(Elf32Error);
  });
});
