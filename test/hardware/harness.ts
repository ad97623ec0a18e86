// The harnesses as linked programs: assembled and linked by our own tools.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ElfExecutable, readExecutable } from "../../formats/elf32-executable.ts";
import { assemble } from "../../toolchain/asm/index.ts";
import { link } from "../../toolchain/link/index.ts";
import { ROOT } from "../support.ts";
import type { NativeHarness, NativeLayout } from "./native.ts";

const GUEST_TEXT = 0x0010_0000;

/** native.s, which runs cases under Linux. */
export function nativeHarness(layout: NativeLayout): NativeHarness {
  return { program: build("native.s", layout.text, { TABLE: layout.table }), layout };
}

/** guest.s, which runs cases on a PC. */
export const guestHarness = (): ElfExecutable => build("guest.s", GUEST_TEXT, {});

function build(file: string, textAddress: number, defines: Record<string, number>): ElfExecutable {
  const read = (name: string) => readFileSync(join(ROOT, "test/hardware", name), "utf8");
  const { object } = assemble(read(file), { file, defines, include: read });
  const { elf } = link([{ name: file, object }], { textAddress, entry: "_start" });
  return readExecutable(elf, file);
}
