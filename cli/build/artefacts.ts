// What the package ships besides JavaScript: the CPU's core, the BIOS and the boot loader. `build.mjs` calls this; so do tests.

import { readdirSync, readFileSync } from "node:fs";
import { withSemantics } from "../../pc/cpu/compile/prepare.ts";
import { font8x16 } from "../../pc/devices/font.ts";
import { font8x8 } from "../../pc/devices/font-small.ts";
import { buildFirmware } from "../../toolchain/build/firmware.ts";
import { compileTypeScript } from "../../toolchain/build/typescript.ts";
import { flatten } from "../../toolchain/image/join.ts";
import { buildProject } from "./command.ts";
import { diskTree, writeWhole } from "./disk-tree.ts";

const LOADER = "loader";
const CORE = "pc/cpu/core";
const FIRMWARE = "pc/firmware";

/** Compiles the CPU's core to dist/core.wasm with the options in its asconfig.json. */
export async function buildCore(): Promise<void> {
  const { options } = JSON.parse(readFileSync(`${CORE}/asconfig.json`, "utf8")) as { options: Record<string, unknown> };
  const flags = Object.entries(options).flatMap(([name, value]) =>
    value === true ? [`--${name}`] : [`--${name}`, `${value}`],
  );
  const { wasm } = await compileTypeScript(diskTree("."), `${CORE}/index.ts`, flags);
  writeWhole("dist/core.wasm", withSemantics(wasm));
}

/** Assembles and links the BIOS to dist/bios.bin. */
export function buildBios(): void {
  const files = readdirSync(FIRMWARE).filter((name) => name.endsWith(".s"));
  const paths = files.map((name) => `${FIRMWARE}/${name}`);
  writeWhole("dist/bios.bin", buildFirmware(diskTree("."), FIRMWARE, paths, { large: font8x16(), small: font8x8() }));
}

/** Builds the boot loader: build/loader.elf with its symbols, and dist/loader.bin, which goes onto images. */
export async function buildLoader(progress: (line: string) => void): Promise<void> {
  await buildProject(LOADER, "build", progress);
  writeWhole("dist/loader.bin", flatten(new Uint8Array(readFileSync("build/loader.elf")), "boot loader").bytes);
}
