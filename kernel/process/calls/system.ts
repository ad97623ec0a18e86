// System calls about the system as a whole: semaphores, time, file systems, power.

import { EINVAL, EIO } from "../../abi/errno.ts";
import { PATH_MAX } from "../../abi/files.ts";
import { POWER_OFF, POWER_REBOOT } from "../../abi/processes.ts";
import {
  SYS_MOUNT,
  SYS_POWER,
  SYS_SEM_CREATE,
  SYS_SEM_DESTROY,
  SYS_SEM_P,
  SYS_SEM_V,
  SYS_SYNC,
  SYS_UNMOUNT,
  SYS_UPTIME,
} from "../../abi/systemCalls.ts";
import { mountFileSystem, syncAll, unmountFileSystem } from "../../fs/tree.ts";
import { TICKS_PER_SECOND } from "../../platform/clock.ts";
import { InterruptFrame } from "../../platform/pc/interruptFrame.ts";
import { powerOff, reboot } from "../../platform/power.ts";
import { tickCount } from "../../thread/scheduler.ts";
import { currentProcess } from "../process.ts";
import { closeSemaphore, giveSemaphore, openSemaphore, SEMAPHORE_NAME_BYTES, takeSemaphore } from "../semaphores.ts";
import { setSystemCall } from "../systemCall.ts";
import { currentSpace, pathAt, takePath } from "./arguments.ts";

const MS_PER_TICK: u32 = 1000 / TICKS_PER_SECOND;
/** Longest name of a kind of file system or of a device, with its NUL. */
const NAME_BYTES: usize = 32;

export function addSystemCalls(): void {
  setSystemCall(SYS_SEM_CREATE, semCreate);
  setSystemCall(SYS_SEM_P, semP);
  setSystemCall(SYS_SEM_V, semV);
  setSystemCall(SYS_SEM_DESTROY, semDestroy);
  setSystemCall(SYS_UPTIME, uptime);
  setSystemCall(SYS_MOUNT, mount);
  setSystemCall(SYS_UNMOUNT, unmount);
  setSystemCall(SYS_SYNC, sync);
  setSystemCall(SYS_POWER, power);
}

/** semCreate(name, permits) */
function semCreate(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const length = currentSpace().copyText(process.transfer, frame.ebx, SEMAPHORE_NAME_BYTES);
  return length < 0 ? length : openSemaphore(process, process.transfer, frame.ecx);
}

/** semP(semaphore) */
function semP(frame: InterruptFrame): i32 {
  return takeSemaphore(currentProcess(), frame.ebx);
}

/** semV(semaphore) */
function semV(frame: InterruptFrame): i32 {
  return giveSemaphore(currentProcess(), frame.ebx);
}

/** semDestroy(semaphore) */
function semDestroy(frame: InterruptFrame): i32 {
  return closeSemaphore(currentProcess(), frame.ebx);
}

/** uptime(): milliseconds since the start, in 31 bits */
function uptime(_frame: InterruptFrame): i32 {
  return ((tickCount() * MS_PER_TICK) & i32.MAX_VALUE) as i32;
}

/** mount(device, path, type, flags) */
function mount(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const space = currentSpace();
  // Behind the paths: the device's name and the type's.
  const device = process.transfer + 4 * PATH_MAX;
  const type = device + NAME_BYTES;
  const deviceLength = space.copyText(device, frame.ebx, NAME_BYTES);
  if (deviceLength < 0) return deviceLength;
  const typeLength = space.copyText(type, frame.edx, NAME_BYTES);
  if (typeLength < 0) return typeLength;
  const taken = takePath(process, frame.ecx, 0);
  return taken < 0 ? taken : mountFileSystem(device, pathAt(process, 0), type, frame.esi);
}

/** unmount(path) */
function unmount(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const taken = takePath(process, frame.ebx, 0);
  return taken < 0 ? taken : unmountFileSystem(pathAt(process, 0));
}

/** sync() */
function sync(_frame: InterruptFrame): i32 {
  return syncAll();
}

/** power(request): does not return unless the machine can't do it */
function power(frame: InterruptFrame): i32 {
  if (frame.ebx != POWER_OFF && frame.ebx != POWER_REBOOT) return -EINVAL;
  syncAll();
  if (frame.ebx == POWER_REBOOT) reboot();
  else powerOff();
  return -EIO;
}
