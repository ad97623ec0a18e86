// What a person opens becomes a plan to boot: the files are told apart by what is in them, as `minios run` does, with the same words for
// what is refused.

import type { ByteSource } from "../../formats/byte-source.ts";
import { parseDomainFile } from "../../media/configuration/domain-file.ts";
import type { ConfigurationKind } from "../../media/configuration/kinds.ts";
import { configurationOf, LARGEST_CONFIGURATION } from "../../media/configuration/kinds.ts";
import type { MachineFile } from "../../media/configuration/machine-file.ts";
import { parseMachineFile } from "../../media/configuration/machines.ts";
import type { NamedFile } from "../../media/configuration/source.ts";
import { detectImage, type ImageKind, LINUX_HEADER } from "../../media/detect.ts";
import { checkMachine, isXenKernel } from "../../media/elf.ts";
import { InputError } from "../../media/errors.ts";
import { floppyDisk } from "../../media/floppy.ts";
import { HEAD_BYTES, refusedKind } from "../../media/foreign-disk.ts";
import { basename } from "../../media/paths.ts";
import type { BootPlan, DomainPlan, PcPlan } from "../machine/plan.ts";
import { Collection, type NamedBlob } from "./collection.ts";
import { isZip, unzip } from "./zip.ts";

const MIB = 2 ** 20;
/** Marks are at the beginning (a CD's in its 17th sector) and at the end (a virtual disk's). */
const HEAD = 64 * 1024;
const TAIL = 1024;
/** Kernels are read as a whole. */
const LARGEST_KERNEL = 512 * MIB;
const EXPECTED = "a floppy, disk or CD image, a kernel, a machine's configuration or a zip with such";
/** Of several files opened together, what is booted: what describes the others first. */
const RANK: readonly (ImageKind | "configuration")[] = ["configuration", "CD", "VHD", "disk", "floppy", "ELF", "Linux"];

interface Candidate extends NamedBlob {
  kind: ImageKind | "configuration" | undefined;
  configuration?: { kind: ConfigurationKind; text: string };
}

/**
 * Plans for the files opened together: one, unless there are several Xen domain files.
 * @throws InputError, ConfigurationError for what cannot be booted
 */
export async function plansOf(files: readonly NamedBlob[]): Promise<BootPlan[]> {
  const unpacked = (
    await Promise.all(files.map(async (file) => ((await isZip(file.blob)) ? unzip(file) : [file])))
  ).flat();
  const candidates = await Promise.all(unpacked.map(look));
  const ranked = candidates
    .filter(({ kind }) => kind !== undefined)
    .sort((a, b) => rankOf(a) - rankOf(b) || a.name.localeCompare(b.name));
  const [first] = ranked;
  if (!first) {
    const file = files[0]?.name ?? "nothing";
    const size = files[0]?.blob.size ?? 0;
    const found = files.length === 1 ? `${size} byte${size === 1 ? "" : "s"} without the mark of any` : "none";
    throw new InputError({ file, expected: EXPECTED, found });
  }
  const among = new Collection(unpacked);
  const isDomain = ({ configuration }: Candidate) => configuration?.kind === "domain";
  const chosen = isDomain(first) ? ranked.filter(isDomain) : [first];
  return Promise.all(chosen.map((file) => planFor(file, among)));
}

function rankOf({ kind }: Candidate): number {
  return kind === undefined ? RANK.length : RANK.indexOf(kind);
}

async function look(file: NamedBlob): Promise<Candidate> {
  const kind = detectImage(await endsOf(file.blob));
  if (kind !== undefined) return { ...file, kind };
  const { blob, name } = file;
  if (blob.size > LARGEST_CONFIGURATION) return { ...file, kind };
  const configuration = configurationOf(await bytesOf(blob), name);
  return { ...file, kind: configuration && "configuration", configuration };
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}

/** The file as far as its marks are concerned: beginning and end; what is between reads as zeros. */
async function endsOf(blob: Blob): Promise<ByteSource> {
  const { size } = blob;
  const head = await bytesOf(blob.slice(0, HEAD));
  const tailAt = Math.max(0, size - TAIL);
  const tail = await bytesOf(blob.slice(tailAt));
  return {
    size,
    read: (offset, count) => {
      const bytes = new Uint8Array(count);
      bytes.set(head.subarray(offset, offset + count));
      if (offset >= tailAt) bytes.set(tail.subarray(offset - tailAt, offset - tailAt + count));
      return bytes;
    },
  };
}

async function planFor(file: Candidate, among: Collection): Promise<BootPlan> {
  const { name, blob, kind, configuration } = file;
  const title = basename(name);
  const pc = (more: Partial<PcPlan>): PcPlan => ({ kind: "pc", name: title, ...more });
  switch (kind) {
    case "configuration":
      if (configuration) return planOfConfiguration(file, configuration, among);
      break;
    case "CD":
      return pc({ cdrom: blob, bootOrder: "dac" });
    case "disk":
    case "VHD":
      return pc({ disks: [await diskOf(name, blob)], bootOrder: "cad" });
    case "floppy":
      return pc({ floppyA: floppyDisk(name, await bytesOf(blob)) });
    case "ELF":
      return planOfKernel(title, await kernelOf(name, blob));
    case "Linux": {
      const found = "a Linux kernel, which needs a boot loader";
      throw new InputError({ file: name, offset: LINUX_HEADER, expected: EXPECTED, found });
    }
  }
  throw new InputError({ file: name, expected: EXPECTED, found: `${blob.size} bytes without the mark of any` });
}

async function diskOf(name: string, blob: Blob): Promise<Blob> {
  const refused = refusedKind(String.fromCharCode(...(await bytesOf(blob.slice(0, HEAD_BYTES)))));
  if (refused === undefined) return blob;
  const expected = "a disk image (raw sectors or .vhd)";
  throw new InputError({
    file: name,
    offset: 0,
    expected,
    found: `${refused}; convert it: qemu-img convert -O raw`,
  });
}

async function kernelOf(name: string, blob: Blob): Promise<Uint8Array> {
  if (blob.size > LARGEST_KERNEL) {
    throw new InputError({ file: name, expected: "a kernel of at most 512 MiB", found: `${blob.size} bytes` });
  }
  const bytes = await bytesOf(blob);
  checkMachine({ file: name, bytes });
  return bytes;
}

function planOfKernel(name: string, image: Uint8Array): BootPlan {
  if (isXenKernel({ file: name, bytes: image })) {
    return { kind: "domain", name: name.replace(/\.\w+$/, ""), kernel: image, commandLine: "" };
  }
  return { kind: "pc", name, kernel: { image, commandLine: name, modules: [] } };
}

async function planOfConfiguration(
  { name }: Candidate,
  { kind, text }: { kind: ConfigurationKind; text: string },
  among: Collection,
): Promise<BootPlan> {
  const named = (file: NamedFile): Blob => {
    const blob = among.find(file.path);
    if (!blob) throw file.error(`${basename(file.path)} is not among the files: open them together, or as a zip`);
    return blob;
  };
  if (kind === "domain") return planOfDomain(name, text, named);
  const texts = await textsOf(among);
  const readText = (path: string) => texts.get(path);
  return planOfMachine(parseMachineFile(kind, name, text, { readText, environment: {} }), named);
}

/** Files that a configuration may include, by their paths. */
async function textsOf(among: Collection): Promise<Map<string, string>> {
  const small = among.files.filter(({ blob }) => blob.size <= LARGEST_CONFIGURATION);
  return new Map(await Promise.all(small.map(async ({ name, blob }) => [name, await blob.text()] as const)));
}

async function planOfDomain(name: string, text: string, named: (file: NamedFile) => Blob): Promise<DomainPlan> {
  const domain = parseDomainFile(name, text);
  const { onPoweroff, onReboot, onCrash, commandLine } = domain;
  const kernel = await kernelOf(basename(domain.kernel.path), named(domain.kernel));
  return {
    kind: "domain",
    name: domain.name,
    memoryBytes: domain.memoryMib * MIB,
    kernel,
    ...(domain.ramdisk && { ramdisk: named(domain.ramdisk) }),
    commandLine,
    onPoweroff,
    onReboot,
    onCrash,
  };
}

async function planOfMachine(machine: MachineFile, named: (file: NamedFile) => Blob): Promise<PcPlan> {
  const floppy = async (file: NamedFile | undefined) => file && floppyDisk(file.path, await bytesOf(named(file)));
  const disks = await Promise.all(
    machine.drives.map((drive) => (drive?.kind === "disk" ? diskOf(drive.image.path, named(drive.image)) : undefined)),
  );
  const cdromPlace = machine.drives.findIndex((drive) => drive?.kind === "CD");
  const cd = machine.drives[cdromPlace];
  const [floppyA, floppyB] = await Promise.all([floppy(machine.floppyA), floppy(machine.floppyB)]);
  if (!floppyA && !floppyB && !cd && disks.every((disk) => disk === undefined)) {
    throw new InputError({ file: machine.file, expected: "a floppy, disk or CD to boot from", found: "none" });
  }
  const { memoryBytes, bootOrder } = machine;
  return {
    kind: "pc",
    name: basename(machine.file),
    memoryBytes,
    bootOrder,
    floppyA,
    floppyB,
    disks,
    geometries: machine.drives.map((drive) => drive?.geometry),
    ...(cd && { cdrom: named(cd.image), cdromPlace }),
  };
}
