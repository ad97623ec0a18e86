// A VirtualBox configuration (.vbox): XML with the machine's media in a registry and, at the storage controllers, what is attached by
// UUID. Source: the settings schema of VirtualBox (VirtualBox-settings.xsd).

import { MachineDraft, type MachineFile, wholeNumber } from "./machine-file.ts";
import { type NamedFile, type Offset, quoted, SourceText } from "./source.ts";
import { allBelow, childrenOf, descend, parseXml, type XmlElement, type XmlValue } from "./xml.ts";

const BOOT_LETTERS: Readonly<Record<string, string>> = { Floppy: "a", HardDisk: "c", DVD: "d", Network: "", None: "" };
const IDE_CONTROLLERS = ["PIIX3", "PIIX4", "ICH6"];
const FLOPPY_CONTROLLER = "I82078";
const MOST_PORTS = 30;

/** @throws ConfigurationError */
export function parseVbox(file: string, text: string): MachineFile {
  const source = new SourceText(file, text);
  const root = parseXml(source);
  if (root.name !== "VirtualBox") throw source.error(root.offset, `expected <VirtualBox>, found <${root.name}>`);
  const machine = descend(root, "Machine");
  if (!machine) throw source.error(root.offset, "expected <Machine> in <VirtualBox>, found none");
  const hardware = descend(machine, "Hardware");
  const draft = new MachineDraft(file);

  const memory = descend(hardware, "Memory")?.attributes.get("RAMSize");
  if (memory) draft.memory(source, memory.offset, "RAMSize", memory.value);
  const count = descend(hardware, "CPU")?.attributes.get("count");
  if (count && count.value !== "1")
    draft.note(source, count.offset, `${quoted(count.value)} processors: this PC has one`);
  readBootOrder(source, childrenOf(descend(hardware, "Boot"), "Order"), draft);

  const media = readMedia(source, machine);
  // Since 4.4 of the schema they are in <Hardware>, before that beside it.
  const controllers = [hardware, machine].flatMap((place) =>
    childrenOf(descend(place, "StorageControllers"), "StorageController"),
  );
  // IDE first: other controllers' drives take the places that are left.
  const isIde = (controller: XmlElement) => IDE_CONTROLLERS.includes(textOf(controller, "type"));
  for (const controller of [...controllers.filter(isIde), ...controllers.filter((each) => !isIde(each))]) {
    for (const device of childrenOf(controller, "AttachedDevice")) attach(controller, device);
  }
  for (const port of childrenOf(descend(hardware, "UART"), "Port")) readSerial(source, port, draft);
  return draft.finish();

  function attach(controller: XmlElement, device: XmlElement): void {
    const type = textOf(device, "type");
    const reference = descend(device, "Image")?.attributes.get("uuid");
    if (!reference) {
      if (descend(device, "HostDrive"))
        draft.note(source, device.offset, `${type} is passed over: it is a drive of the host`);
      return;
    }
    const image = media.get(reference.value.toLowerCase());
    if (!image) {
      throw source.error(reference.offset, `expected a medium of <MediaRegistry>, found ${quoted(reference.value)}`);
    }
    const port = numberOf(source, device, "port", MOST_PORTS);
    const unit = numberOf(source, device, "device", 1);
    if (type === "Floppy" || textOf(controller, "type") === FLOPPY_CONTROLLER) {
      draft.floppy(unit === 0 ? "A" : "B", image);
    } else if (type === "HardDisk" || type === "DVD") {
      const place = isIde(controller) && port < 2 ? 2 * port + unit : undefined;
      draft.drive(source, device.offset, place, { kind: type === "DVD" ? "CD" : "disk", image });
    } else {
      throw source.error(device.offset, `type: expected "HardDisk", "DVD" or "Floppy", found ${quoted(type)}`);
    }
  }
}

function readBootOrder(source: SourceText, orders: XmlElement[], draft: MachineDraft): void {
  const devices: { position: number; letter: string }[] = [];
  for (const order of orders) {
    const device = order.attributes.get("device");
    if (!device || !Object.hasOwn(BOOT_LETTERS, device.value)) {
      const found = device ? quoted(device.value) : "none";
      throw source.error(
        device?.offset ?? order.offset,
        `device: expected "Floppy", "DVD", "HardDisk", "Network" or "None", found ${found}`,
      );
    }
    devices.push({ position: numberOf(source, order, "position", 100), letter: BOOT_LETTERS[device.value] });
  }
  devices.sort((a, b) => a.position - b.position);
  const letters = [...new Set(devices.map(({ letter }) => letter))].join("");
  if (letters !== "") draft.machine.bootOrder = letters;
}

/** The media of the registry by UUID, in lower case. */
function readMedia(source: SourceText, machine: XmlElement): Map<string, NamedFile> {
  const media = new Map<string, NamedFile>();
  const registry = descend(machine, "MediaRegistry");
  if (!registry) return media;
  for (const kind of ["HardDisk", "Image"]) {
    for (const medium of allBelow(registry, kind)) {
      const uuid = medium.attributes.get("uuid");
      const location = medium.attributes.get("location");
      if (!uuid || !location || location.value === "") {
        throw source.error(medium.offset, `<${kind}>: expected the attributes uuid and location`);
      }
      media.set(uuid.value.toLowerCase(), source.named(location.offset, kind, location.value));
    }
  }
  return media;
}

function readSerial(source: SourceText, port: XmlElement, draft: MachineDraft): void {
  if (textOf(port, "enabled") !== "true") return;
  const path = port.attributes.get("path");
  if (textOf(port, "hostMode") !== "RawFile" || !path || path.value === "") return;
  const named = source.named(path.offset, "Port", path.value);
  draft.serial(source, port.offset, numberOf(source, port, "slot", 3) + 1, { kind: "file", path: named.path });
}

function textOf(element: XmlElement, name: string): string {
  return element.attributes.get(name)?.value ?? "";
}

function numberOf(source: SourceText, element: XmlElement, name: string, most: number): number {
  const attribute: XmlValue | undefined = element.attributes.get(name);
  const offset: Offset = attribute?.offset ?? element.offset;
  return wholeNumber(source, offset, name, attribute?.value ?? "0", 0, most);
}
