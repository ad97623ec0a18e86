// The files of /proc that tell about the system as a whole.

import { DeviceKind, firstDevice } from "../../device/device.ts";
import { FRAME_BYTES, freeFrameCount, usableFrameCount } from "../../memory/frames.ts";
import { heapArenaBytes, heapUsedBlocks, heapUsedBytes } from "../../memory/heap.ts";
import { commandLine } from "../../platform/boot.ts";
import { TICKS_PER_SECOND } from "../../platform/clock.ts";
import { IRQ_COUNT, interruptCount } from "../../platform/interrupts.ts";
import { enterCritical, leaveCritical, switchCount, tickCount } from "../../thread/scheduler.ts";
import { firstThread } from "../../thread/thread.ts";
import { VERSION } from "../../version.ts";
import { cachePageCount, cacheStatistics, dirtyPageCount, heldPageCount, PAGE_BYTES } from "../cache.ts";
import { openFileCount } from "../file.ts";
import { useMountAt } from "../mount.ts";
import { addProcFile } from "./procfs.ts";
import { ProcText } from "./text.ts";

const NEWLINE: u8 = 0x0a;

/** Whether all files could be added. */
export function addSystemFiles(): bool {
  return (
    addProcFile("cache", cache) &&
    addProcFile("cmdline", cmdline) &&
    addProcFile("devices", devices) &&
    addProcFile("interrupts", interrupts) &&
    addProcFile("meminfo", meminfo) &&
    addProcFile("mounts", mounts) &&
    addProcFile("threads", threads) &&
    addProcFile("uptime", uptime) &&
    addProcFile("version", version)
  );
}

function meminfo(text: ProcText): void {
  const frameKb = (FRAME_BYTES / 1024) as u32;
  text.line("MemTotal:", usableFrameCount() * frameKb, " kB");
  text.line("MemFree:", freeFrameCount() * frameKb, " kB");
  text.line("Cached:", (cachePageCount() * PAGE_BYTES) / 1024, " kB");
  text.line("Heap:", heapArenaBytes() as u32, " bytes");
  text.line("HeapUsed:", heapUsedBytes() as u32, " bytes");
  text.line("HeapBlocks:", heapUsedBlocks(), "");
  text.line("OpenFiles:", openFileCount(), "");
}

/** Seconds, with hundredths. */
function uptime(text: ProcText): void {
  const ticks = tickCount();
  text.number(ticks / TICKS_PER_SECOND);
  text.byte(0x2e);
  text.digits(((ticks % TICKS_PER_SECOND) * 100) / TICKS_PER_SECOND, 10, 2);
  text.byte(NEWLINE);
}

function version(text: ProcText): void {
  text.text("MiniOS ");
  text.text(VERSION);
  text.byte(NEWLINE);
}

function cmdline(text: ProcText): void {
  text.column(commandLine());
  text.byte(NEWLINE);
}

function devices(text: ProcText): void {
  let device = firstDevice();
  while (device !== null) {
    const isBlock = device.kind === DeviceKind.Block;
    text.column(device.nameAddress, 12);
    if (isBlock) {
      text.text("block ");
      text.number(device.blockBytes, 5);
      text.number(device.blockCount, 11);
      text.text(" blocks, opened ");
    } else {
      text.text("character, opened ");
    }
    text.number(device.openCount);
    text.byte(NEWLINE);
    device = device.nextDevice;
  }
}

/** Device, path, file system, options. */
function mounts(text: ProcText): void {
  let index: u32 = 0;
  let mount = useMountAt(index);
  while (mount !== null) {
    const device = mount.device;
    if (device === null) text.text("none");
    else text.column(device.nameAddress);
    text.byte(0x20);
    text.column(mount.path);
    text.byte(0x20);
    text.text(mount.fileSystem.name);
    text.text(mount.isReadOnly ? " ro\n" : " rw\n");
    mount.release();
    mount = useMountAt(++index);
  }
}

function interrupts(text: ProcText): void {
  for (let irq: u32 = 0; irq < IRQ_COUNT; irq++) {
    const count = interruptCount(irq);
    if (count < 0) continue;
    text.number(irq, 3);
    text.byte(0x3a);
    text.number(count as u32, 11);
    text.byte(NEWLINE);
  }
  text.text("switches:");
  text.number(switchCount(), 6);
  text.byte(NEWLINE);
}

/** A line for each thread; the list may change between two lines, so the next one is looked up by its number. */
function threads(text: ProcText): void {
  text.text("   id  state     priority     ticks  name\n");
  let id: u32 = 0;
  while (true) {
    const wereEnabled = enterCritical();
    let thread = firstThread();
    while (thread !== null && thread.id <= id) thread = thread.nextOfAll;
    if (thread === null) {
      leaveCritical(wereEnabled);
      return;
    }
    id = thread.id;
    text.number(id, 5);
    text.text("  ");
    text.textColumn(thread.stateName, 10);
    text.number(thread.priority, 8);
    text.number(thread.tickCount, 10);
    text.text("  ");
    text.text(thread.name);
    text.byte(NEWLINE);
    leaveCritical(wereEnabled);
  }
}

function cache(text: ProcText): void {
  text.line("pages:", cachePageCount(), "");
  text.line("dirty:", dirtyPageCount(), "");
  text.line("held:", heldPageCount(), "");
  text.line("hits:", cacheStatistics.hits, "");
  text.line("misses:", cacheStatistics.misses, "");
  text.line("evictions:", cacheStatistics.evictions, "");
  text.line("reads:", cacheStatistics.reads, "");
  text.line("writes:", cacheStatistics.writes, "");
  text.line("blocks read:", cacheStatistics.blocksRead, "");
  text.line("blocks written:", cacheStatistics.blocksWritten, "");
}
