// What the package ships besides JavaScript: the CPU's core and the BIOS. `build.mjs` calls this; so do tests.

import { readdirSync, readFileSync } from "node:fs";
import { font8x16 } from "../../pc/devices/font.ts";
import { font8x8 } from "../../pc/devices/font-small.ts";
import { buildFirmware } from "../../toolchain/build/firmware.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { diskTree, writeWhole } from "./disk-tree.ts";

const CORE = "pc/cpu/core";
const FIRMWARE = "pc/firmware";

/** Compiles the CPU's core to dist/core.wasm with the options in its asconfig.json. */
export async function buildCore(): Promise<void> {
  const { options } = JSON.parse(readFileSync(`${CORE}/asconfig.json`, "utf8")) as { options: Record<string, unknown> };
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, `${value}`],
  );
  const { wasm } = await compileTypeScript(diskTree("."), `${CORE}/index.ts`, flags);
  writeWhole("dist/core.wasm", wasm);
}

/** Assembles and links the BIOS to dist/bios.bin. */
export function buildBios(): void {
  const files = readdirSync(FIRMWARE).filter((name) => name.endsWith(".s"));
  const paths = files.map((name) => `${FIRMWARE}/${name}`);
  writeWhole("dist/bios.bin", buildFirmware(diskTree("."), FIRMWARE, paths, { large: font8x16(), small: font8x8() }));
}
