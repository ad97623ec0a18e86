// A VMware configuration (.vmx): lines `name = "value"`; and the descriptor of a VMware disk (.vmdk), when it is a text that points at
// a flat file. Sources: VMware, "Virtual Disk Format 5.0" (the descriptor file); the .vmx files that Workstation writes.

import type { DiskGeometry } from "../../pc/blocks.ts";
import { MachineDraft, type MachineFile } from "./machine-file.ts";
import { type NamedFile, type Offset, quoted, SourceText } from "./source.ts";

interface Setting {
  name: string;
  value: string;
  offset: Offset;
  valueOffset: Offset;
}

/** Devices that this PC has not. */
const OTHER_HARDWARE = /^((?:ethernet|sound|usb|ehci|nvme|parallel|serial[2-9])\d?)\.present$/;
const BOOT_LETTERS: Readonly<Record<string, string>> = { floppy: "a", hdd: "c", cdrom: "d" };

const IDE_UNITS = ["ide0:0", "ide0:1", "ide1:0", "ide1:1"];

/** @throws ConfigurationError */
export function parseVmx(file: string, text: string): MachineFile {
  return new VmxReader(new SourceText(file, text)).read();
}

class VmxReader {
  private readonly settings: ReadonlyMap<string, Setting>;
  private readonly draft: MachineDraft;

  constructor(private readonly source: SourceText) {
    this.settings = new Map(readSettings(source).map((setting) => [setting.name, setting]));
    this.draft = new MachineDraft(source.file);
  }

  read(): MachineFile {
    const memory = this.settings.get("memsize");
    if (memory) this.draft.memory(this.source, memory.valueOffset, "memsize", memory.value);
    this.floppy("floppy0", "A", true);
    this.floppy("floppy1", "B", false);
    for (const [place, unit] of IDE_UNITS.entries()) this.drive(unit, place);
    // Other controllers' drives take the places that are left.
    for (const name of this.settings.keys()) {
      const unit = /^((?:scsi|sata)\d:\d+)\.filename$/.exec(name)?.[1];
      if (unit !== undefined) this.drive(unit, undefined);
    }
    this.bootOrder();
    this.serial("serial0", 1);
    this.serial("serial1", 2);
    this.noteOthers();
    return this.draft.finish();
  }

  private floppy(unit: string, letter: "A" | "B", present: boolean): void {
    const image = this.file(`${unit}.filename`);
    if (!image || !this.isTrue(`${unit}.present`, present) || !this.isTrue(`${unit}.startconnected`, true)) return;
    if (this.text(`${unit}.filetype`) !== "device") this.draft.floppy(letter, image);
  }

  /** @param place undefined for a drive that is on no IDE controller */
  private drive(unit: string, place: number | undefined): void {
    const image = this.file(`${unit}.filename`);
    if (!image || !this.isTrue(`${unit}.present`, false) || !this.isTrue(`${unit}.startconnected`, true)) return;
    const type = this.text(`${unit}.devicetype`);
    const offset = this.settings.get(`${unit}.filename`)?.offset ?? 0;
    if (type === "cdrom-raw" || type === "atapi-cdrom") {
      this.draft.note(this.source, offset, `${unit} is passed over: it is a drive of the host`);
    } else {
      this.draft.drive(this.source, offset, place, { kind: type === "cdrom-image" ? "CD" : "disk", image });
    }
  }

  private bootOrder(): void {
    const order = this.settings.get("bios.bootorder");
    if (!order) return;
    let letters = "";
    for (const word of order.value.split(",")) {
      const device = word.trim().toLowerCase();
      if (device.startsWith("ethernet") || device === "") continue;
      if (!Object.hasOwn(BOOT_LETTERS, device)) {
        const expected = 'bios.bootOrder: expected "floppy", "hdd" or "cdrom"';
        throw this.source.error(order.valueOffset, `${expected}, found ${quoted(word.trim())}`);
      }
      if (!letters.includes(BOOT_LETTERS[device])) letters += BOOT_LETTERS[device];
    }
    if (letters !== "") this.draft.machine.bootOrder = letters;
  }

  private serial(unit: string, port: number): void {
    const file = this.file(`${unit}.filename`);
    if (!file || !this.isTrue(`${unit}.present`, false) || this.text(`${unit}.filetype`) !== "file") return;
    const offset = this.settings.get(`${unit}.filename`)?.offset ?? 0;
    this.draft.serial(this.source, offset, port, { kind: "file", path: file.path });
  }

  /** Hardware that is switched on in the file and is not here. */
  private noteOthers(): void {
    for (const { name, value } of this.settings.values()) {
      const device = OTHER_HARDWARE.exec(name)?.[1];
      if (device !== undefined && /^true$/i.test(value)) this.draft.passOver(device);
      if (name === "numvcpus" && value !== "1") this.draft.passOver("numvcpus");
    }
  }

  private text(name: string): string {
    return this.settings.get(name)?.value.toLowerCase() ?? "";
  }

  private isTrue(name: string, missing: boolean): boolean {
    const setting = this.settings.get(name);
    if (!setting) return missing;
    if (/^(true|yes|1)$/i.test(setting.value)) return true;
    if (/^(false|no|0)$/i.test(setting.value)) return false;
    throw this.source.error(setting.valueOffset, `${name}: expected "TRUE" or "FALSE", found ${quoted(setting.value)}`);
  }

  private file(name: string): NamedFile | undefined {
    const setting = this.settings.get(name);
    if (!setting || setting.value === "" || /^auto detect$/i.test(setting.value)) return undefined;
    return this.source.named(setting.valueOffset, name, setting.value);
  }
}

/** Names are in lower case: VMware does not tell cases apart. */
function readSettings(source: SourceText): Setting[] {
  const settings: Setting[] = [];
  for (const line of source.text.replace(/^\ufeff/, " ").matchAll(/[^\r\n]+/g)) {
    const text = line[0].trim();
    if (text === "" || text.startsWith("#")) continue;
    const offset = line.index + line[0].indexOf(text);
    const match = /^([\w.:-]+)\s*=\s*(?:"([^"]*)"|([^"\s]\S*)|)(.*)$/.exec(text);
    if (!match || (match[4] !== "" && !/^\s*#/.test(match[4]))) {
      throw source.error(offset, `expected name = "value", found ${quoted(text)}`);
    }
    const value = (match[2] ?? match[3] ?? "").replace(/\|([0-9a-fA-F]{2})/g, (_, code: string) =>
      String.fromCharCode(Number.parseInt(code, 16)),
    );
    const valueOffset =
      offset + text.indexOf("=") + 1 + (/^\s*"?/.exec(text.slice(text.indexOf("=") + 1))?.[0].length ?? 0);
    settings.push({ name: match[1].toLowerCase(), value, offset, valueOffset });
  }
  return settings;
}

export interface VmdkDescriptor {
  /** The flat file with the sectors. */
  extent: NamedFile;
  geometry?: DiskGeometry;
}

/** The first line of a descriptor. */
export const VMDK_DESCRIPTOR = "# Disk DescriptorFile";

/**
 * The descriptor of a disk that is one flat file.
 * @throws ConfigurationError for one that is anything else
 */
export function parseVmdk(file: string, text: string): VmdkDescriptor {
  const source = new SourceText(file, text);
  const extents = [
    ...text.matchAll(/^[ \t]*(RW|RDONLY|NOACCESS)[ \t]+(\d+)[ \t]+([A-Z]+)(?:[ \t]+"([^"\r\n]*)"(?:[ \t]+(\d+))?)?/gm),
  ];
  const [extent] = extents;
  if (extents.length !== 1) {
    throw source.error(
      extents[1]?.index ?? 0,
      `expected one extent (RW SECTORS FLAT "FILE" 0), found ${extents.length}`,
    );
  }
  const [, , , type, name, start] = extent;
  if (type !== "FLAT" || name === undefined || name === "" || Number(start ?? 0) !== 0) {
    const hint = "convert the disk first (qemu-img convert -O raw)";
    throw source.error(
      extent.index,
      `expected an extent of kind FLAT from 0 on, found ${quoted(extent[0].trim())}; ${hint}`,
    );
  }
  const numbers = ["cylinders", "heads", "sectors"].map((word) =>
    Number(new RegExp(`^[ \\t]*ddb\\.geometry\\.${word}[ \\t]*=[ \\t]*"(\\d{1,6})"`, "m").exec(text)?.[1] ?? 0),
  );
  const [cylinders, heads, sectorsPerTrack] = numbers;
  const fits =
    cylinders > 0 && heads > 0 && sectorsPerTrack > 0 && cylinders <= 65535 && heads <= 16 && sectorsPerTrack <= 63;
  return {
    extent: source.named(extent.index, "extent", name),
    ...(fits && { geometry: { cylinders, heads, sectorsPerTrack } }),
  };
}
