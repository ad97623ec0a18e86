// A Virtual PC configuration (.vmc): XML with a tree of keys, in which a value has its type as an attribute. Source: Microsoft,
// "Windows Virtual PC: IVMVirtualMachine::GetConfigurationValue" (names of keys); the .vmc files that Virtual PC 2004 and 2007 write.

import { MachineDraft, type MachineFile } from "./machine-file.ts";
import { type NamedFile, SourceText } from "./source.ts";
import { allBelow, childrenOf, descend, parseXml, type XmlElement } from "./xml.ts";

const CD_DRIVE = "2";
const NO_DRIVE = "0";
/** The order in which its BIOS comes set up; the file has it in a copy of the CMOS RAM, if at all. */
const BOOT_ORDER = "adc";

/** @throws ConfigurationError */
export function parseVmc(file: string, text: string): MachineFile {
  const source = new SourceText(file, text);
  const root = parseXml(source);
  if (root.name !== "preferences") throw source.error(root.offset, `expected <preferences>, found <${root.name}>`);
  const hardware = descend(root, "hardware");
  const draft = new MachineDraft(file);
  draft.machine.bootOrder = BOOT_ORDER;

  const memory = descend(hardware, "memory", "ram_size");
  if (memory) draft.memory(source, memory.offset, "ram_size", memory.text);

  for (const controller of childrenOf(descend(hardware, "pci_bus", "ide_adapter"), "ide_controller")) {
    for (const location of childrenOf(controller, "location")) {
      const image = imageOf(source, location, "location");
      const type = descend(location, "drive_type")?.text ?? NO_DRIVE;
      if (!image || type === NO_DRIVE) continue;
      const kind = type === CD_DRIVE ? "CD" : "disk";
      draft.drive(source, location.offset, 2 * numberOf(source, controller) + numberOf(source, location), {
        kind,
        image,
      });
    }
  }
  for (const floppy of hardware ? allBelow(hardware, "floppy") : []) {
    const image = imageOf(source, floppy, "floppy");
    if (image) draft.floppy(numberOf(source, floppy) === 0 ? "A" : "B", image);
  }
  for (const adapter of ["ethernet_adapter", "scsi_adapter"]) {
    const count = descend(hardware, "pci_bus", adapter, "controller_count")?.text ?? "0";
    if (count !== "0") draft.passOver(adapter);
  }
  return draft.finish();
}

/** The file that stands next to this one comes first: then a folder can be moved as a whole. */
function imageOf(source: SourceText, element: XmlElement, label: string): NamedFile | undefined {
  const pathname = descend(element, "pathname");
  const relative = descend(pathname, "relative");
  const absolute = descend(pathname, "absolute");
  const chosen = relative?.text ? relative : absolute;
  // A single letter is a drive of the host.
  if (!chosen || chosen.text === "" || /^[A-Za-z]:?\\?$/.test(chosen.text)) return undefined;
  return source.named(chosen.offset, label, chosen.text);
}

function numberOf(source: SourceText, element: XmlElement): number {
  const id = element.attributes.get("id");
  if (!id || id.value === "0") return 0;
  if (id.value === "1") return 1;
  throw source.error(id.offset, `<${element.name}>: expected id="0" or id="1", found ${JSON.stringify(id.value)}`);
}
