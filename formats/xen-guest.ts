// What a kernel for Xen says of itself: ELF notes of the owner "Xen", or the older string in the section `__xen_guest`.
// Source: Xen public headers, elfnote.h (each note, and the name in the string that it replaces); where both leave a default
// open, what Xen's own loader does (xen/common/libelf).

import { PT_NOTE, SHT_NOTE } from "./elf32.ts";
import type { ElfExecutable } from "./elf32-executable.ts";

export const GUEST_SECTION = "__xen_guest";
const NOTE_OWNER = "Xen";
const PAGE_SHIFT = 12;
const NOTE_HEADER = 12;
/** No kernel has so many; a file that does is no kernel. */
const MOST_NOTES = 65536;

const NOTE_INFO = 0;
const NOTE_ENTRY = 1;
const NOTE_HYPERCALL_PAGE = 2;
const NOTE_VIRT_BASE = 3;
const NOTE_PADDR_OFFSET = 4;
const NOTE_XEN_VERSION = 5;
const NOTE_GUEST_OS = 6;
const NOTE_GUEST_VERSION = 7;
const NOTE_LOADER = 8;
const NOTE_PAE_MODE = 9;
const NOTE_FEATURES = 10;
const NOTE_HV_START_LOW = 12;

/** The kernel says something that cannot be, or nothing that must be said. */
export class XenGuestError extends Error {
  override readonly name = "XenGuestError";

  constructor(
    /** In the file. */
    readonly offset: number,
    readonly expected: string,
    readonly found: string,
  ) {
    super(`offset ${offset}: expected ${expected}, found ${found}`);
  }
}

export interface XenGuest {
  /** Where in the file it says so. */
  offset: number;
  from: "notes" | "string";
  guestOs: string;
  guestVersion: string;
  xenVersion: string;
  loader: string;
  /** Virtual address of pseudo-physical address 0. */
  virtualBase: number;
  /** What the physical addresses of the program headers have too much. */
  physicalOffset: number;
  /** Virtual address, unless it is the ELF file's. */
  entry?: number;
  /** Virtual address. */
  hypercallPage?: number;
  /** Three-level page tables: needed, refused or both fine. */
  pae: "no" | "yes" | "bimodal";
  /** Names of features; those that the kernel cannot do without begin with "!". */
  features: string[];
  /** The lowest virtual address that the kernel leaves to the hypervisor. */
  hypervisorStart?: number;
}

/** What is said, before defaults. */
type Said = Partial<Omit<XenGuest, "from" | "hypercallPage">> & {
  hypercallAddress?: number;
  hypercallPageNumber?: number;
};

/**
 * Finds and reads what the kernel says; undefined when it is no Xen kernel.
 * @throws XenGuestError
 */
export function findXenGuest({
  segments,
  sections,
}: Pick<ElfExecutable, "segments" | "sections">): XenGuest | undefined {
  const places = [
    ...segments.filter(({ type }) => type === PT_NOTE),
    ...sections.filter(({ type }) => type === SHT_NOTE),
  ];
  for (const { offset, data } of places) {
    const said = data instanceof Uint8Array ? readNotes(data, offset) : undefined;
    if (said) return complete(said, "notes", offset);
  }
  const section = sections.find(({ name }) => name === GUEST_SECTION);
  if (!section || !(section.data instanceof Uint8Array)) return undefined;
  return complete(readString(section.data, section.offset), "string", section.offset);
}

/** The notes whose owner is Xen; undefined when there is none. */
function readNotes(data: Uint8Array, fileOffset: number): Said | undefined {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const said: Said = {};
  let found = false;
  let at = 0;
  for (let count = 0; at + NOTE_HEADER <= data.length; count++) {
    if (count === MOST_NOTES) throw new XenGuestError(fileOffset + at, `at most ${MOST_NOTES} notes`, "more");
    const nameSize = view.getUint32(at, true);
    const size = view.getUint32(at + 4, true);
    const type = view.getUint32(at + 8, true);
    const name = at + NOTE_HEADER;
    const description = name + alignUp(nameSize);
    if (description + size > data.length) {
      if (!found) return undefined; // not in this format, and nobody says that it is ours
      throw new XenGuestError(fileOffset + at, "a note that ends in its section", `${nameSize} + ${size} bytes`);
    }
    if (textAt(data.subarray(name, name + nameSize)) === NOTE_OWNER) {
      found = true;
      takeNote(said, type, data.subarray(description, description + size), fileOffset + description);
    }
    at = description + alignUp(size);
  }
  return found ? said : undefined;
}

function takeNote(said: Said, type: number, bytes: Uint8Array, offset: number): void {
  const number = () => noteNumber(bytes, offset);
  switch (type) {
    case NOTE_INFO:
      takePair(said, textAt(bytes), offset);
      break;
    case NOTE_ENTRY:
      said.entry = number();
      break;
    case NOTE_HYPERCALL_PAGE:
      said.hypercallAddress = number();
      break;
    case NOTE_VIRT_BASE:
      said.virtualBase = number();
      break;
    case NOTE_PADDR_OFFSET:
      said.physicalOffset = number();
      break;
    case NOTE_HV_START_LOW:
      said.hypervisorStart = number();
      break;
    case NOTE_XEN_VERSION:
      said.xenVersion = textAt(bytes);
      break;
    case NOTE_GUEST_OS:
      said.guestOs = textAt(bytes);
      break;
    case NOTE_GUEST_VERSION:
      said.guestVersion = textAt(bytes);
      break;
    case NOTE_LOADER:
      said.loader = textAt(bytes);
      break;
    case NOTE_PAE_MODE:
      said.pae = paeMode(textAt(bytes));
      break;
    case NOTE_FEATURES:
      said.features = featureList(textAt(bytes));
      break;
  }
}

/** A number of 4 or 8 bytes; virtual addresses of a 32-bit kernel fit into 32 bits whichever it is. */
function noteNumber(bytes: Uint8Array, offset: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length !== 4 && bytes.length !== 8) {
    throw new XenGuestError(offset, "a note's number of 4 or 8 bytes", `${bytes.length} bytes`);
  }
  if (bytes.length === 8 && view.getUint32(4, true) !== 0) {
    throw new XenGuestError(offset, "an address below 4 GiB", `0x${view.getBigUint64(0, true).toString(16)}`);
  }
  return view.getUint32(0, true);
}

/** NAME=VALUE,NAME,… up to a zero byte or the end of the section. */
function readString(data: Uint8Array, fileOffset: number): Said {
  const said: Said = {};
  let offset = fileOffset;
  for (const pair of textAt(data).split(",")) {
    takePair(said, pair, offset);
    offset += pair.length + 1;
  }
  return said;
}

function takePair(said: Said, pair: string, offset: number): void {
  const equals = pair.indexOf("=");
  const name = equals < 0 ? pair : pair.slice(0, equals);
  const value = equals < 0 ? "" : pair.slice(equals + 1);
  const number = () => stringNumber(name, value, offset);
  switch (name) {
    case "GUEST_OS":
      said.guestOs = value;
      break;
    case "GUEST_VER":
      said.guestVersion = value;
      break;
    case "XEN_VER":
      said.xenVersion = value;
      break;
    case "LOADER":
      said.loader = value;
      break;
    case "VIRT_BASE":
      said.virtualBase = number();
      break;
    case "VIRT_ENTRY":
      said.entry = number();
      break;
    case "ELF_PADDR_OFFSET":
      said.physicalOffset = number();
      break;
    case "HYPERCALL_PAGE":
      said.hypercallPageNumber = number();
      break;
    case "PAE":
      said.pae = paeMode(value);
      break;
    case "FEATURES":
      said.features = featureList(value);
      break;
  }
}

/** As C's strtoul reads it with base 0: 0x…, 0…, or decimal. */
function stringNumber(name: string, text: string, offset: number): number {
  const octal = /^0[0-7]+$/.test(text);
  const value = octal
    ? Number.parseInt(text, 8)
    : /^(0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text)
      ? Number(text)
      : Number.NaN;
  if (!(value <= 0xffff_ffff)) {
    throw new XenGuestError(offset, `${name}=NUMBER below 4 GiB`, JSON.stringify(text.slice(0, 40)));
  }
  return value;
}

const paeMode = (text: string): XenGuest["pae"] =>
  text.includes("bimodal") ? "bimodal" : text.startsWith("yes") ? "yes" : "no";

const featureList = (text: string): string[] => text.split("|").filter((name) => name !== "");

function complete(said: Said, from: XenGuest["from"], offset: number): XenGuest {
  const { xenVersion = "", loader = "", guestOs = "" } = said;
  if (!xenVersion.startsWith("xen-3.0")) {
    const what = from === "notes" ? "a note XEN_VERSION xen-3.0" : "XEN_VER=xen-3.0";
    throw new XenGuestError(offset, what, xenVersion === "" ? "none" : JSON.stringify(xenVersion.slice(0, 40)));
  }
  if (!loader.startsWith("generic") && !guestOs.startsWith("linux")) {
    const what = from === "notes" ? "a note LOADER generic" : "LOADER=generic";
    throw new XenGuestError(offset, what, loader === "" ? "none" : JSON.stringify(loader.slice(0, 40)));
  }
  const virtualBase = said.virtualBase ?? 0;
  const hypercallPage =
    said.hypercallAddress ??
    (said.hypercallPageNumber === undefined
      ? undefined
      : (virtualBase + said.hypercallPageNumber * 2 ** PAGE_SHIFT) % 2 ** 32);
  return {
    offset,
    from,
    guestOs,
    guestVersion: said.guestVersion ?? "",
    xenVersion,
    loader,
    virtualBase,
    // The older kernels' program headers hold virtual addresses, and the string seldom says so.
    physicalOffset: said.physicalOffset ?? (from === "notes" ? 0 : virtualBase),
    pae: said.pae ?? "no",
    features: said.features ?? [],
    ...(said.entry !== undefined && { entry: said.entry }),
    ...(hypercallPage !== undefined && { hypercallPage }),
    ...(said.hypervisorStart !== undefined && { hypervisorStart: said.hypervisorStart }),
  };
}

/** Latin-1 up to a zero byte. */
function textAt(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  let text = "";
  for (const byte of end < 0 ? bytes : bytes.subarray(0, end)) text += String.fromCharCode(byte);
  return text;
}

const alignUp = (size: number): number => Math.ceil(size / 4) * 4;
