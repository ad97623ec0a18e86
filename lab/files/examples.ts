// The examples that the page brings along, in the order in which they are read: a zip each, as `lab/examples.mjs` packs them.

import bochsrc from "../../dist/page/examples/bochsrc.zip?url";
import bootSector from "../../dist/page/examples/boot-sector.zip?url";
import gdt from "../../dist/page/examples/gdt.zip?url";
import grubCd from "../../dist/page/examples/grub-cd.zip?url";
import idt from "../../dist/page/examples/idt.zip?url";
import multibootHello from "../../dist/page/examples/multiboot-hello.zip?url";
import protectedMode from "../../dist/page/examples/protected-mode.zip?url";
import xenHelloAsm from "../../dist/page/examples/xen-hello-asm.zip?url";
import xenHelloTs from "../../dist/page/examples/xen-hello-ts.zip?url";
import type { WordKey } from "../words/words.ts";

export interface Example {
  /** Its folder's name. */
  name: string;
  title: WordKey;
  url: string;
}

export const examples: readonly Example[] = [
  { name: "boot-sector", title: "exampleBootSector", url: bootSector },
  { name: "protected-mode", title: "exampleProtectedMode", url: protectedMode },
  { name: "multiboot-hello", title: "exampleMultiboot", url: multibootHello },
  { name: "gdt", title: "exampleGdt", url: gdt },
  { name: "idt", title: "exampleIdt", url: idt },
  { name: "grub-cd", title: "exampleGrubCd", url: grubCd },
  { name: "bochsrc", title: "exampleBochsrc", url: bochsrc },
  { name: "xen-hello-asm", title: "exampleXenAsm", url: xenHelloAsm },
  { name: "xen-hello-ts", title: "exampleXenTs", url: xenHelloTs },
];
