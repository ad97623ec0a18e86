// Brings the drivers up. What answers at once is registered before the threads run; what must be waited for (disks) is looked
// for by a thread of its own, so that a device which is missing or slow keeps nobody from starting.

import { Device, DeviceKind, firstDevice } from "../device/device.ts";
import { findPartitions } from "../device/partitions.ts";
import { registerTerminal } from "../device/tty.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { PRIORITY_HIGH, startKernelThread } from "../thread/thread.ts";
import { WaitQueue } from "../thread/waitQueue.ts";
import { registerClock } from "./clockDevice.ts";
import { startFloppy } from "./floppy.ts";
import { startIde } from "./ide.ts";
import { registerKeyboard } from "./keyboard.ts";
import { startPci } from "./pci.ts";
import { registerPseudoDevices } from "./pseudo.ts";
import { startRtc } from "./rtc.ts";
import { initializeScrollback } from "./scrollback.ts";
import { registerSerial } from "./serialDevice.ts";
import { registerSpeaker } from "./speaker.ts";

const waiters = changetype<WaitQueue>(memory.data(8, 4));
let areReady: bool = false;

/** Starts the thread that looks for devices. */
export function startDevices(): void {
  initializeScrollback();
  registerTerminal();
  registerKeyboard();
  registerSerial();
  registerClock();
  startRtc();
  registerSpeaker();
  startPci();
  registerPseudoDevices();
  assert(
    startKernelThread(findDevices, 0, PRIORITY_HIGH, true, "devices") !== null,
    "no memory for the devices thread",
  );
}

/** Waits until every disk and partition is registered: for those who mount file systems. */
export function waitForDevices(): void {
  const wereEnabled = enterCritical();
  while (!areReady) waiters.wait();
  leaveCritical(wereEnabled);
}

function findDevices(_argument: usize): u32 {
  startFloppy();
  startIde();
  // Partitions come behind the devices that stand on the list now.
  let device = firstDevice();
  while (device !== null) {
    if (hasPartitions(device)) findPartitions(device);
    device = device.nextDevice;
  }
  const wereEnabled = enterCritical();
  areReady = true;
  waiters.wakeAll();
  leaveCritical(wereEnabled);
  return 0;
}

/** Hard disks are called hd and a letter. */
function hasPartitions(device: Device): bool {
  if (device.kind !== DeviceKind.Block || device.parent !== null) return false;
  return load<u16>(device.nameAddress) == 0x6468; // "hd"
}
