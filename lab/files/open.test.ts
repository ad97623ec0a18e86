import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { planIso } from "../../formats/iso9660/index.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import type { NamedBlob } from "./collection.ts";
import { plansOf } from "./open.ts";

const file = (name: string, contents: Uint8Array | string) => ({
  name,
  blob: new Blob([new Uint8Array(bytes(contents))]),
});
const bytes = (contents: Uint8Array | string) => (typeof contents === "string" ? strToU8(contents) : contents);

const planOf = async (files: NamedBlob[]) => {
  const plans = await plansOf(files);
  expect(plans).toHaveLength(1);
  return plans[0];
};

function bootable(size: number): Uint8Array {
  const image = new Uint8Array(size);
  image.set([0x55, 0xaa], 510);
  return image;
}

function kernel(source: string): Uint8Array {
  const { object } = assemble(source, { file: "k.s" });
  return link([{ name: "k.o", object }], { script: "ENTRY(_start) SECTIONS { . = 1M; .text : { *(.text) } }" }).elf;
}

const MULTIBOOT = kernel(".globl _start\n.long 0x1badb002, 0, -0x1badb002\n_start: hlt\n");
const XEN = kernel(
  '.globl _start\n_start: hlt\n.section __xen_guest,"a"\n.asciz "LOADER=generic,GUEST_OS=x,XEN_VER=xen-3.0"\n',
);

test("a floppy, whatever its name, as a whole disk", async () => {
  expect(await planOf([file("notes.txt", bootable(1440 * 1024))])).toMatchObject({ kind: "pc", name: "notes.txt" });
  const short = await planOf([file("boot.bin", bootable(512))]);
  expect(short.kind === "pc" && short.floppyA instanceof Uint8Array && short.floppyA.length).toBe(1440 * 1024);
});

test("a disk and a CD are read where they lie", async () => {
  const disk = await planOf([file("d.img", bootable(16 << 20))]);
  expect(disk).toMatchObject({ disks: [expect.any(Blob)], bootOrder: "cad" });
  const { pieces } = planIso([]);
  const iso = new Uint8Array(await new Blob([...pieces()].map((piece) => new Uint8Array(piece))).arrayBuffer());
  expect(await planOf([file("x", iso)])).toMatchObject({ cdrom: expect.any(Blob), bootOrder: "dac" });
});

test("kernels: for the PC, for Xen, and for another processor", async () => {
  expect(await planOf([file("k.elf", MULTIBOOT)])).toMatchObject({ kind: "pc", kernel: { commandLine: "k.elf" } });
  expect(await planOf([file("hello.elf", XEN)])).toMatchObject({ kind: "domain", name: "hello" });
  const foreign = MULTIBOOT.slice();
  foreign[18] = 62;
  await expect(planOf([file("k.elf", foreign)])).rejects.toThrow("x86-64");
});

test("a Bochs configuration with its images in a zip", async () => {
  const zip = zipSync({
    "pc/bochsrc.txt": strToU8("megs: 16\nfloppya: 1_44=boot.img, status=inserted\nboot: floppy\n"),
    "pc/boot.img": bootable(512),
    "pc/readme.md": strToU8("words"),
  });
  expect(await planOf([file("pc.zip", zip)])).toMatchObject({
    name: "bochsrc.txt",
    memoryBytes: 16 << 20,
    floppyA: expect.any(Uint8Array),
  });
});

test("a domain file and its kernel, dropped together", async () => {
  const text = 'name = "d"\nkernel = "/home/somebody/hello.elf"\nmemory = 16\nextra = "words"\n';
  expect(await planOf([file("d.cfg", text), file("hello.elf", XEN)])).toMatchObject({
    kind: "domain",
    name: "d",
    memoryBytes: 16 << 20,
    commandLine: "words",
  });
  await expect(planOf([file("d.cfg", text)])).rejects.toThrow(
    "d.cfg:2:10: error: kernel: hello.elf is not among the files",
  );
});

test("several domain files are several domains", async () => {
  const text = (name: string) => `name = "${name}"\nkernel = "hello.elf"\n`;
  const files = [file("b.cfg", text("b")), file("a.cfg", text("a")), file("hello.elf", XEN)];
  expect((await plansOf(files)).map(({ name }) => name)).toEqual(["a", "b"]);
});

test("what nobody can boot is refused by name", async () => {
  await expect(planOf([file("picture.png", new Uint8Array([1, 2, 3]))])).rejects.toThrow("picture.png");
  await expect(planOf([file("broken.zip", new Uint8Array([0x50, 0x4b, 3, 4, 9]))])).rejects.toThrow("broken.zip");
});
