// The peer: the same floppy in v86, timed from the key that starts the work to the line that ends it.

import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const BIOS = "/usr/share/seabios/bios.bin";
const VGA_BIOS = "/usr/share/seabios/vgabios-stdvga.bin";

/** Why v86 cannot be measured here, or undefined. */
export function unavailable() {
  const missing = [BIOS, VGA_BIOS].find((file) => !existsSync(file));
  return missing && `${missing} is missing (Debian package seabios)`;
}

const buffer = (file) => ({ buffer: new Uint8Array(readFileSync(file)).buffer });

/** v86 with the floppy in its drive, running. */
export async function v86Emulator(image) {
  const folder = dirname(createRequire(import.meta.url).resolve("v86"));
  const { V86 } = await import("v86");
  const emulator = new V86({
    wasm_path: join(folder, "v86.wasm"),
    memory_size: 32 << 20,
    vga_memory_size: 2 << 20,
    bios: buffer(BIOS),
    vga_bios: buffer(VGA_BIOS),
    fda: buffer(image),
    autostart: true,
    disable_speaker: true,
  });
  await new Promise((resolve) => emulator.add_listener("emulator-ready", resolve));
  return emulator;
}

/**
 * Boots the image, types each command and waits for the screen to show what ends it.
 * @returns seconds for each command
 */
export async function timeInV86(image, steps) {
  const emulator = await v86Emulator(image);
  const screen = () => emulator.screen_adapter.get_text_screen().join("\n");
  const seconds = [];
  for (const { keys, until } of steps) {
    const start = performance.now();
    if (keys) await emulator.keyboard_send_text(keys);
    while (!until.test(screen())) {
      if (performance.now() - start > 120_000) throw new Error(`v86: ${until} did not come in two minutes`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    seconds.push((performance.now() - start) / 1000);
  }
  await emulator.destroy();
  return seconds;
}
