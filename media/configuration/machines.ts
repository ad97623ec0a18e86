// Files of other PCs' programs, each by its parser.

import { parseBochs } from "./bochs.ts";
import type { Surroundings } from "./bochs-syntax.ts";
import type { ConfigurationKind } from "./kinds.ts";
import type { MachineFile } from "./machine-file.ts";
import { parseVmc } from "./virtual-pc.ts";
import { parseVbox } from "./virtualbox.ts";
import { parseVmx } from "./vmware.ts";

/** A configuration file that describes a PC. */
export type MachineKind = Exclude<ConfigurationKind, "domain">;

/** @throws ConfigurationError */
export function parseMachineFile(
  kind: MachineKind,
  file: string,
  text: string,
  surroundings: Surroundings,
): MachineFile {
  switch (kind) {
    case "bochs":
      return parseBochs(file, text, surroundings);
    case "vmc":
      return parseVmc(file, text);
    case "vbox":
      return parseVbox(file, text);
    case "vmx":
      return parseVmx(file, text);
  }
}
