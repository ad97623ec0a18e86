// A Bochs configuration (bochsrc) as a machine: processor, memory, disks, boot order, serial lines, clock. Old forms are read as well, as
// course material of twenty years has them: `boot: a`, `diskc: file=…`, `ips: …`, `romimage: FILE`.
// Source: bochsrc(5).

import { CpuConfigurationError } from "../../pc/cpu/errors.ts";
import { cpuModel } from "../../pc/cpu/models.ts";
import { suggestion } from "../../toolchain/asm/suggest.ts";
import { type Directive, expand, type Parameter, readDirectives, type Surroundings } from "./bochs-syntax.ts";
import { MachineDraft, type MachineFile, type SerialEnd, wholeNumber } from "./machine-file.ts";
import { type NamedFile, quoted, SourceText } from "./source.ts";

/** What our PC has of its own, or does by itself: nobody misses anything. */
const OWN = `romimage vgaromimage log logprefix mouse mouse_type keyboard keyboard_mapping keyboardmapping keyboard_type
  keyboard_serial_delay keyboard_paste_delay paste_delay display_library config_interface vga vga_update_interval vga_update_frequency
  vga_extension private_colormap i440fxsupport pci newharddrivesupport panic error info debug debugger_log print_timestamps
  text_snapshot_check fullscreen screenmode plugin_ctrl floppy_command_delay user_shortcut speaker pit`;
/** What Bochs has, and this PC has not. */
const OTHER = `cpuid optromimage1 optromimage2 optromimage3 optromimage4 optramimage1 optramimage2 optramimage3 optramimage4
  voodoo cmosimage cmos floppy_bootsig_check pass gdbstub magic_break debug_symbols com3 com4 parport1 parport2 sound sb16 es1370 ne2k
  pcipnic e1000 usb_uhci usb_ohci usb_ehci usb_xhci usb1 usb2 pcidev i440bxsupport load32bitosimage max_ips realtime_pit usb_debug
  megs_per_cpu pnic gameport biosdev unmapped iodebug extfpuirq acpi hpet busmouse pcivga svga_cirrus`;
const words = (text: string) => text.split(/\s+/);

const FLOPPY_TYPES = [
  "2_88",
  "1_72",
  "1_68",
  "1_44",
  "1_2",
  "720k",
  "720",
  "360k",
  "360",
  "320k",
  "180k",
  "160k",
  "image",
];
const SECONDS_A_MINUTE = 60;
const LEAST_IPS = 1000;
const MOST_IPS = 1e9;

/**
 * @param file as the person named it
 * @throws ConfigurationError
 */
export function parseBochs(file: string, text: string, surroundings: Surroundings): MachineFile {
  const reader = new BochsReader(file, surroundings);
  for (const directive of readDirectives(new SourceText(file, text), surroundings)) reader.take(directive);
  return reader.finish();
}

class BochsReader {
  private readonly draft: MachineDraft;
  private readonly handlers: ReadonlyMap<string, (directive: Directive) => void>;
  private readonly known: readonly string[];
  /** Channels that are switched off, and why nothing stands at their places. */
  private readonly off = new Set<number>();
  private readonly disks: { place: number; directive: Directive; connect: () => void }[] = [];

  constructor(
    file: string,
    private readonly surroundings: Surroundings,
  ) {
    this.draft = new MachineDraft(file);
    const handlers = new Map<string, (directive: Directive) => void>([
      ["megs", (directive) => this.memory(directive, ["", "size"])],
      ["memory", (directive) => this.memory(directive, ["guest", "standard.ram.size"])],
      ["floppya", (directive) => this.floppy(directive, "A")],
      ["floppyb", (directive) => this.floppy(directive, "B")],
      ["diskc", (directive) => this.ataDevice(directive, 0, "disk")],
      ["diskd", (directive) => this.ataDevice(directive, 1, "disk")],
      ["cdromd", (directive) => this.ataDevice(directive, 1, "cdrom")],
      ["boot", (directive) => this.boot(directive)],
      ["cpu", (directive) => this.cpu(directive)],
      ["ips", (directive) => this.cpu(directive)],
      ["clock", (directive) => this.clock(directive)],
      ["time0", (directive) => this.clock(directive)],
      ["com1", (directive) => this.serial(directive, 1)],
      ["com2", (directive) => this.serial(directive, 2)],
      ["port_e9_hack", (directive) => this.debugPort(directive)],
    ]);
    for (let channel = 0; channel < 4; channel++) {
      handlers.set(`ata${channel}`, (directive) => this.channel(directive, channel));
      handlers.set(`ata${channel}-master`, (directive) => this.ataDevice(directive, 2 * channel));
      handlers.set(`ata${channel}-slave`, (directive) => this.ataDevice(directive, 2 * channel + 1));
    }
    for (const name of words(OWN)) handlers.set(name, () => {});
    for (const name of words(OTHER)) handlers.set(name, () => this.draft.passOver(name));
    this.handlers = handlers;
    this.known = [...handlers.keys()];
  }

  take(directive: Directive): void {
    const handler = this.handlers.get(directive.name);
    if (handler) {
      handler(directive);
      return;
    }
    const text = `${quoted(directive.name)} is passed over: Bochs has no such directive`;
    this.draft.note(directive.source, directive.offset, text + suggestion(directive.name, this.known));
  }

  finish(): MachineFile {
    // The third and the fourth channel's drives take the places that the others leave.
    for (const { place, directive, connect } of this.disks.toSorted((a, b) => a.place - b.place)) {
      const channel = Math.floor(place / 2);
      if (this.off.has(channel)) {
        this.draft.note(
          directive.source,
          directive.offset,
          `${directive.name} is passed over: ata${channel} has enabled=0`,
        );
      } else connect();
    }
    return this.draft.finish();
  }

  private memory(directive: Directive, names: readonly string[]): void {
    const parameter = directive.parameters.find(({ name }) => names.includes(name));
    if (!parameter) throw this.wrong(directive, `expected ${names[0] || "a number of MiB"}`);
    this.draft.memory(parameter.source, parameter.valueOffset, directive.name, parameter.value);
  }

  private floppy(directive: Directive, letter: "A" | "B"): void {
    const image = find(directive, ...FLOPPY_TYPES, "file");
    const type = find(directive, "type");
    if (!image) {
      if (type) return;
      throw this.wrong(directive, 'expected a type and an image, as in "1_44=FILE"');
    }
    if (!this.isInserted(directive)) return;
    if (image.value.startsWith("vvfat:")) throw this.wrong(directive, "expected an image, found a folder (vvfat)");
    const locked = find(directive, "write_protected");
    if (locked && this.flag(locked)) {
      this.draft.note(
        locked.source,
        locked.offset,
        "no disk is write-protected here; -snapshot keeps the file as it is",
      );
    }
    this.draft.floppy(letter, this.file(directive, image));
  }

  private channel(directive: Directive, channel: number): void {
    const enabled = find(directive, "enabled");
    if (enabled && !this.flag(enabled)) this.off.add(channel);
    else this.off.delete(channel);
  }

  /** @param place 0 for the first channel's master */
  private ataDevice(directive: Directive, place: number, old?: "disk" | "cdrom"): void {
    const type = find(directive, "type");
    const kind = type?.value.toLowerCase() ?? old ?? "disk";
    if (kind === "none") return;
    if (kind !== "disk" && kind !== "cdrom") throw this.wrong(directive, 'type: expected "disk" or "cdrom"', type);
    const path = find(directive, "path", "file", "dev");
    if (kind === "cdrom" && (!this.isInserted(directive) || !path)) return;
    if (!path) throw this.wrong(directive, "expected path=FILE");
    const mode = find(directive, "mode");
    if (kind === "disk" && mode && !["flat", "vpc", "volatile", "undoable"].includes(mode.value.toLowerCase())) {
      throw this.wrong(directive, 'mode: expected "flat" or "vpc"', mode);
    }
    if (mode && ["volatile", "undoable"].includes(mode.value.toLowerCase())) {
      this.draft.note(
        mode.source,
        mode.offset,
        `${mode.value}: the image is written to as any other; -snapshot keeps it as it is`,
      );
    }
    const image = this.file(directive, path);
    const numbers = [find(directive, "cylinders", "cyl"), find(directive, "heads"), find(directive, "spt")];
    const [cylinders, heads, sectorsPerTrack] = numbers.map((each) => (each ? this.number(each, 0, 1e6) : 0));
    const connect = () => {
      const geometry =
        kind === "disk"
          ? this.draft.geometry(directive.source, directive.offset, { cylinders, heads, sectorsPerTrack })
          : undefined;
      const drive = {
        kind: kind === "disk" ? ("disk" as const) : ("CD" as const),
        image,
        ...(geometry && { geometry }),
      };
      this.draft.drive(directive.source, directive.offset, place < 4 ? place : undefined, drive);
    };
    this.disks.push({ place, directive, connect });
  }

  private boot(directive: Directive): void {
    const letters: Record<string, string> = {
      floppy: "a",
      a: "a",
      disk: "c",
      c: "c",
      cdrom: "d",
      network: "",
      none: "",
    };
    let order = "";
    for (const parameter of directive.parameters) {
      const key = parameter.value.toLowerCase();
      if (!Object.hasOwn(letters, key)) throw this.wrong(directive, 'expected "floppy", "disk" or "cdrom"', parameter);
      if (key === "network")
        this.draft.note(parameter.source, parameter.offset, "network is passed over: this PC boots from disks");
      if (!order.includes(letters[key])) order += letters[key];
    }
    if (order !== "") this.draft.machine.bootOrder = order;
  }

  /** `cpu: model=…, count=…, ips=…`, and the old `ips: …`. */
  private cpu(directive: Directive): void {
    const ips = find(directive, "ips") ?? (directive.name === "ips" ? directive.parameters[0] : undefined);
    if (ips) this.draft.machine.instructionsPerSecond = this.number(ips, LEAST_IPS, MOST_IPS);
    const model = find(directive, "model");
    if (model) this.model(model);
    const count = find(directive, "count");
    if (count && !/^1(:1)*$/.test(count.value)) {
      this.draft.note(count.source, count.offset, `${quoted(count.value)} processors: this PC has one`);
    }
  }

  private model({ source, offset, value }: Parameter): void {
    try {
      cpuModel(value);
      this.draft.machine.cpu = value;
    } catch (error) {
      if (!(error instanceof CpuConfigurationError)) throw error;
      this.draft.note(source, offset, `processor ${quoted(value)}: this PC does not have it, and takes its own`);
    }
  }

  private clock(directive: Directive): void {
    const time = find(directive, "time0") ?? (directive.name === "time0" ? directive.parameters[0] : undefined);
    if (!time) return;
    this.draft.machine.startTime = this.startTime(directive, time);
  }

  private startTime(directive: Directive, time: Parameter): Date | "local" | "utc" {
    const text = time.value.trim();
    if (text === "local" || text === "1") return "local";
    if (text === "utc" || text === "2") return "utc";
    if (/^\d{1,12}$/.test(text)) return new Date(Number(text) * 1000);
    const date = readCtime(text);
    if (date) return date;
    throw this.wrong(directive, 'time0: expected seconds since 1970, "Sat Jan  1 00:00:00 2000", local or utc', time);
  }

  private serial(directive: Directive, port: number): void {
    this.draft.serial(directive.source, directive.offset, port, this.serialEnd(directive));
  }

  private serialEnd(directive: Directive): SerialEnd {
    const enabled = find(directive, "enabled");
    const mode = find(directive, "mode");
    const device = find(directive, "dev");
    if (enabled && !this.flag(enabled)) return { kind: "none" };
    const kind = mode?.value.toLowerCase() ?? (device ? "file" : "null");
    if (kind === "null") return { kind: "none" };
    if (kind === "term" && !device) return { kind: "stdio" };
    if (kind !== "file" && kind !== "term") {
      this.draft.note(
        directive.source,
        directive.offset,
        `${directive.name}: mode ${quoted(kind)} is passed over: file, term and null work here`,
      );
      return { kind: "none" };
    }
    if (!device) throw this.wrong(directive, "expected dev=FILE");
    if (device.value === "/dev/stdout" || device.value === "/dev/tty") return { kind: "stdio" };
    return { kind: "file", path: this.file(directive, device).path };
  }

  private debugPort(directive: Directive): void {
    const enabled = find(directive, "enabled");
    this.draft.machine.debugLog = !enabled || this.flag(enabled);
  }

  private isInserted(directive: Directive): boolean {
    const status = find(directive, "status");
    if (!status || status.value.toLowerCase() === "inserted") return true;
    if (status.value.toLowerCase() === "ejected") return false;
    throw this.wrong(directive, 'status: expected "inserted" or "ejected"', status);
  }

  private file(directive: Directive, parameter: Parameter): NamedFile {
    const { source, valueOffset, value } = parameter;
    const path = expand(source, valueOffset, value, this.surroundings.environment);
    if (path === "" || path.includes("\0")) throw this.wrong(directive, "expected a file's name", parameter);
    return source.named(valueOffset, directive.name, path);
  }

  private flag(parameter: Parameter): boolean {
    const value = parameter.value.toLowerCase();
    if (value === "true" || value === "false") return value === "true";
    return this.number(parameter, 0, 1) === 1;
  }

  private number({ source, valueOffset, name, value }: Parameter, least: number, most: number): number {
    return wholeNumber(source, valueOffset, name || "ips", value, least, most);
  }

  private wrong(directive: Directive, expected: string, found?: Parameter): Error {
    const offset = found?.valueOffset ?? directive.offset;
    return directive.source.error(
      offset,
      `${directive.name}: ${expected}${found ? `, found ${quoted(found.value)}` : ""}`,
    );
  }
}

/** The last parameter of one of the names, as Bochs has it. */
function find(directive: Directive, ...names: string[]): Parameter | undefined {
  return directive.parameters.findLast(({ name }) => names.includes(name));
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What ctime(3) writes: "Sat Jan  1 00:00:00 2000"; the real-time clock is to show just that. */
function readCtime(text: string): Date | undefined {
  const match = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/.exec(text);
  const month = match ? MONTHS.indexOf(match[1]) : -1;
  if (!match || month < 0) return undefined;
  const [day, hours, minutes, seconds, year] = match.slice(2).map(Number);
  if (day < 1 || day > 31 || hours > 23 || minutes >= SECONDS_A_MINUTE || seconds > SECONDS_A_MINUTE) return undefined;
  return new Date(Date.UTC(year, month, day, hours, minutes, seconds));
}
