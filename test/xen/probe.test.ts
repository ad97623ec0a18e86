// Our hypervisor's answers against those of a real Xen, question by question.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DomainMachine } from "../../pc/domain-machine.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { artefact } from "../support.ts";

const read = (name: string) => readFileSync(new URL(name, import.meta.url), "utf8");

test("a guest finds here what it finds on Xen 4.17", () => {
  const { object } = assemble(read("probe.s"), { file: "probe.s" });
  const kernel = link([{ name: "probe.o", object }], { textAddress: 0x10_0000 }).elf;
  const core = new WebAssembly.Module(Uint8Array.from(artefact("core")));
  const machine = DomainMachine.create({ core, name: "probe", image: { kernel } });
  const reason = machine.run({ instructions: 1_000_000 });
  expect(machine.serial[0].output.split("\n")).toEqual(read("probe.expected").split("\n"));
  expect(reason).toBe("powerOff");
});
