// `readelf -x`, `-p` and `-n`: sections as bytes, as strings and as notes.

import * as elf from "../../../formats/elf32.ts";
import { contentsOf, type ElfView, fault, type ViewSection } from "../../../formats/elf32-view.ts";
import { hex } from "../report.ts";

/** The sections that an argument of -x or -p means: by number, or all of a name. */
export function chosenSections(view: ElfView, chosen: string): ViewSection[] {
  if (/^[0-9]+$/.test(chosen)) return view.sections.slice(Number(chosen), Number(chosen) + 1);
  return view.sections.filter((section) => section.name === chosen);
}

export function hexDump(view: ElfView, section: ViewSection): string {
  const bytes = contentsOf(view, section);
  if (bytes.length === 0) return `Section '${section.name}' has no data to dump.\n`;
  let text = `\nHex dump of section '${section.name}':\n`;
  if (hasRelocations(view, section))
    text += " NOTE: This section has relocations against it, but these have NOT been applied to this dump.\n";
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.subarray(at, at + 16);
    text += `  0x${hex(section.address + at, 8)} `;
    for (let i = 0; i < 16; i++) text += (i < row.length ? hex(row[i], 2) : "  ") + (i % 4 === 3 ? " " : "");
    text += `${[...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("")}\n`;
  }
  return `${text}\n`;
}

export function stringDump(view: ElfView, section: ViewSection): string {
  const bytes = contentsOf(view, section);
  if (bytes.length === 0) return `Section '${section.name}' has no data to dump.\n`;
  let text = `\nString dump of section '${section.name}':\n`;
  if (hasRelocations(view, section))
    text += "  Note: This section has relocations against it, but these have NOT been applied to this dump.\n";
  let shown = false;
  for (let at = 0; at < bytes.length; at++) {
    if (!isPrintable(bytes[at])) continue;
    const end = bytes.indexOf(0, at);
    const string = bytes.subarray(at, end < 0 ? undefined : end);
    text += `  [${hex(at).padStart(6)}]  ${visible(string)}`;
    if (string.at(-1) !== 0x0a) text += "\n";
    shown = true;
    at += string.length;
  }
  return `${text}${shown ? "" : "  No strings found in this section."}\n`;
}

/** Control characters as ^X; a line feed ends the line, and what follows it is indented. */
function visible(string: Uint8Array): string {
  let text = "";
  string.forEach((byte, i) => {
    if (byte === 0x0a) text += i + 1 < string.length ? "\\n\n            " : "\\n\n";
    else if (byte < 0x20) text += `^${String.fromCharCode(byte + 0x40)}`;
    else if (byte === 0x7f) text += "^\x7f";
    else text += byte < 0x7f ? String.fromCharCode(byte) : "\ufffd";
  });
  return text;
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function hasRelocations(view: ElfView, section: ViewSection): boolean {
  return view.sections.some(
    ({ type, info, size }) => (type === elf.SHT_REL || type === elf.SHT_RELA) && info === section.index && size > 0,
  );
}

const NT_GNU_ABI_TAG = 1;
const NT_GNU_BUILD_ID = 3;
const NT_GNU_PROPERTY_TYPE_0 = 5;
const GNU_PROPERTY_X86_FEATURE_1_AND = 0xc0000002;
const X86_FEATURES = ["IBT", "SHSTK"];
const GNU_NOTES: Readonly<Record<number, string>> = {
  1: "NT_GNU_ABI_TAG (ABI version tag)",
  2: "NT_GNU_HWCAP (DSO-supplied software HWCAP info)",
  3: "NT_GNU_BUILD_ID (unique build ID bitstring)",
  4: "NT_GNU_GOLD_VERSION (gold version)",
  5: "NT_GNU_PROPERTY_TYPE_0",
};
const GNU_SYSTEMS = ["Linux", "Hurd", "Solaris", "FreeBSD", "NetBSD", "Syllable", "NaCl"];

/** @param wide whether what a note says stands on its line */
export function notes(view: ElfView, wide: boolean): string {
  let text = "";
  for (const section of view.sections) {
    if (section.type !== elf.SHT_NOTE || section.size === 0) continue;
    text += `\nDisplaying notes found in: ${section.name}\n`;
    text += noteTable(view, contentsOf(view, section), section, wide);
  }
  if (view.sections.length > 0) return text;
  for (const segment of view.segments) {
    if (segment.type !== elf.PT_NOTE || segment.fileSize === 0) continue;
    text += `\nDisplaying notes found at file offset 0x${hex(segment.offset, 8)} with length 0x${hex(segment.fileSize, 8)}:\n`;
    text += noteTable(view, view.bytes.subarray(segment.offset, segment.offset + segment.fileSize), segment, wide);
  }
  return text;
}

function noteTable(view: ElfView, bytes: Uint8Array, place: { offset: number }, wide: boolean): string {
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let text = "  Owner                Data size \tDescription\n";
  for (let at = 0; at < bytes.length; ) {
    if (at + 12 > bytes.length) {
      fault(view, place.offset + at, "note header (12 bytes)", `${bytes.length - at} bytes`);
      break;
    }
    const nameSize = data.getUint32(at, true);
    const size = data.getUint32(at + 4, true);
    const type = data.getUint32(at + 8, true);
    const start = at + 12 + elf.alignUp(nameSize, 4);
    if (start + size > bytes.length) {
      fault(view, place.offset + at, `note of at most ${bytes.length - at - 12} bytes`, `${nameSize} + ${size}`);
      break;
    }
    const nameBytes = bytes.subarray(at + 12, at + 12 + nameSize);
    const end = nameBytes.indexOf(0);
    const name = new TextDecoder().decode(nameBytes.subarray(0, end < 0 ? undefined : end));
    text += noteText(name, type, bytes.subarray(start, start + size), wide);
    at = start + elf.alignUp(size, 4);
  }
  return text;
}

function noteText(name: string, type: number, description: Uint8Array, wide: boolean): string {
  const known = name === "GNU" ? GNU_NOTES[type] : undefined;
  const kind =
    known ?? (type === 1 && name !== "GNU" ? "NT_VERSION (version)" : `Unknown note type: (0x${hex(type, 8)})`);
  const text = `  ${(name || "(NONE)").padEnd(20)} 0x${hex(description.length, 8)}\t${kind}${wide ? "\t" : "\n"}`;
  if (known && type === NT_GNU_BUILD_ID)
    return `${text}    Build ID: ${[...description].map((byte) => hex(byte, 2)).join("")}\n`;
  if (known && type === NT_GNU_ABI_TAG) {
    if (description.length < 16) return `${text}    <corrupt GNU_ABI_TAG>\n`;
    const words = new DataView(description.buffer, description.byteOffset, 16);
    const version = [4, 8, 12].map((at) => words.getUint32(at, true)).join(".");
    return `${text}    OS: ${GNU_SYSTEMS[words.getUint32(0, true)] ?? "Unknown"}, ABI: ${version}\n`;
  }
  if (known && type === NT_GNU_PROPERTY_TYPE_0) return text + properties(description);
  if (known || description.length === 0) return wide ? `${text}\n` : text;
  return `${text}   description data: ${[...description].map((byte) => `${hex(byte, 2)} `).join("")}\n`;
}

/** What a linker may assume of the code: a list of types, sizes and values, each on a line. */
function properties(description: Uint8Array): string {
  const corrupt = (what: string) => `      Properties: <corrupt ${what}>\n`;
  const size = `size = 0x${hex(description.length)}`;
  if (description.length < 8 || description.length % 4 !== 0) return corrupt(`GNU_PROPERTY_TYPE, ${size}`);
  const data = new DataView(description.buffer, description.byteOffset, description.length);
  const lines: string[] = [];
  for (let at = 0; at + 8 <= description.length; ) {
    const type = data.getUint32(at, true);
    const length = data.getUint32(at + 4, true);
    if (at + 8 + length > description.length) return corrupt(`type (0x${hex(type)}) datasz: 0x${hex(length)}`);
    const value = length === 4 ? data.getUint32(at + 8, true) : 0;
    if (type === GNU_PROPERTY_X86_FEATURE_1_AND && length === 4) {
      const features = X86_FEATURES.filter((_, bit) => (value & (1 << bit)) !== 0);
      lines.push(`x86 feature: ${features.length > 0 ? features.join(", ") : "<None>"}`);
    } else {
      const bytes = [...description.subarray(at + 8, at + 8 + length)].map((byte) => hex(byte, 2));
      lines.push(`<unknown type 0x${hex(type)} data: ${bytes.map((byte) => `${byte} `).join("")}>`);
    }
    at += 8 + elf.alignUp(length, 4);
  }
  return `      Properties: ${lines.join("\n\t")}\n`;
}
