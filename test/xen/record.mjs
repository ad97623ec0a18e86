// Records what a real Xen answers to the probe: node test/xen/record.mjs XEN, where XEN is a hypervisor image (gzipped or not) that
// was built with CONFIG_PV32. Needs qemu-system-x86_64.

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

const OPTIONS = "console=com1 com1=115200 dom0_mem=32M noreboot=1";
const TIMEOUT_MS = 120_000;

const here = new URL(".", import.meta.url).pathname;
const [image] = process.argv.slice(2);
if (image === undefined) {
  console.error("usage: node test/xen/record.mjs XEN");
  process.exit(2);
}
const scratch = mkdtempSync(join(tmpdir(), "minios-xen-"));
const minios = (...words) => {
  const { status, stderr } = spawnSync(process.execPath, [join(here, "../../bin/minios.js"), ...words], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
};
try {
  const bytes = readFileSync(image);
  const xen = join(scratch, "xen");
  writeFileSync(xen, bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes);
  minios("as", "-o", join(scratch, "probe.o"), join(here, "probe.s"));
  minios("ld", "-m", "elf_i386", "-Ttext", "0x100000", "-o", join(scratch, "probe"), join(scratch, "probe.o"));
  const log = await run(xen, join(scratch, "probe"));
  // The domain's lines are those that the hypervisor does not begin with its name; the banner comes before them.
  const lines = log.split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("(XEN)"));
  const first = lines.findIndex((line) => line.startsWith("CS at the start:"));
  if (first < 0) throw new Error(`the probe did not start:\n${log}`);
  writeFileSync(join(here, "probe.expected"), `${lines.slice(first).join("\n")}\n`);
  console.log(`${lines.length - first} answers`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** Runs until the hypervisor says that its domain has ended; what came over the serial line. */
function run(xen, guest) {
  const words = [
    "-m",
    "256",
    "-kernel",
    xen,
    "-initrd",
    guest,
    "-append",
    OPTIONS,
    "-display",
    "none",
    "-serial",
    "stdio",
  ];
  const qemu = spawn("qemu-system-x86_64", [...words, "-no-reboot"], { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => qemu.kill(), TIMEOUT_MS);
    qemu.on("error", reject);
    qemu.on("exit", () => {
      clearTimeout(timer);
      resolve(text);
    });
    qemu.stdout.on("data", (data) => {
      text += data.toString("latin1");
      if (/Hardware Dom0 (halted|crashed)|Panic on CPU/.test(text)) qemu.kill();
    });
  });
}
