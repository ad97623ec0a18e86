// The boot sector in echo-disk.s, assembled.

import { readFileSync } from "node:fs";
import { assemble } from "../../toolchain/asm/index.ts";

export function echoDisk(): Uint8Array {
  const file = new URL("echo-disk.s", import.meta.url);
  const { object } = assemble(readFileSync(file, "utf8"), { file: "echo-disk.s" });
  const text = object.sections.find(({ name }) => name === ".text");
  if (!(text?.data instanceof Uint8Array)) throw new Error("echo-disk.s has no .text");
  return text.data;
}
