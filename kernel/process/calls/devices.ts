// System calls about devices: requests to them, and short ways to the screen, the keyboard and the clock.

import { EBADF, EFAULT, EINVAL, EIO, EMFILE, ENODEV } from "../../abi/errno.ts";
import { RTC_GET_TIME, TTY_SET_COLOR, TTY_SET_CURSOR } from "../../abi/ioctl.ts";
import { HANDLE_COUNT } from "../../abi/processes.ts";
import { SYS_ATTRIBUTE, SYS_CURSOR, SYS_GET_KEY, SYS_IOCTL, SYS_PIPE, SYS_TIME } from "../../abi/systemCalls.ts";
import { Device, findDevice, ioctlDevice, readDevice } from "../../device/device.ts";
import { File, ioctlFile } from "../../fs/file.ts";
import { InterruptFrame } from "../../platform/pc/interruptFrame.ts";
import { textAddress } from "../../text.ts";
import { enterCritical, leaveCritical } from "../../thread/scheduler.ts";
import { makePipe } from "../pipe.ts";
import { currentProcess } from "../process.ts";
import { setSystemCall } from "../systemCall.ts";
import { currentSpace, fileOfHandle } from "./arguments.ts";

const KEY_BYTES: u32 = 2;
const PIPE_HANDLES_BYTES: usize = 8;
/** Rows and columns have 16 bits in a terminal's requests. */
const MAX_POSITION: u32 = 0xffff;

export function addDeviceCalls(): void {
  setSystemCall(SYS_IOCTL, ioctl);
  setSystemCall(SYS_CURSOR, cursor);
  setSystemCall(SYS_ATTRIBUTE, attribute);
  setSystemCall(SYS_GET_KEY, getKey);
  setSystemCall(SYS_TIME, time);
  setSystemCall(SYS_PIPE, pipe);
}

/** ioctl(handle, request, argument): arguments are numbers, never addresses. */
function ioctl(frame: InterruptFrame): i32 {
  const file = fileOfHandle(frame.ebx);
  return file === null ? -EBADF : ioctlFile(file, frame.ecx, frame.edx);
}

/** cursor(row, column): where the console writes next */
function cursor(frame: InterruptFrame): i32 {
  if (frame.ebx > MAX_POSITION || frame.ecx > MAX_POSITION) return -EINVAL;
  const console = deviceCalled("console");
  return console === null ? -ENODEV : ioctlDevice(console, TTY_SET_CURSOR, (frame.ecx << 16) | frame.ebx);
}

/** attribute(colours): of what the console writes from now on */
function attribute(frame: InterruptFrame): i32 {
  const console = deviceCalled("console");
  return console === null ? -ENODEV : ioctlDevice(console, TTY_SET_COLOR, frame.ebx);
}

/** getKey(): waits for a key, pressed or released, and returns its code */
function getKey(_frame: InterruptFrame): i32 {
  const keyboard = deviceCalled("keyboard");
  if (keyboard === null) return -ENODEV;
  const buffer = currentProcess().transfer;
  const got = readDevice(keyboard, buffer, KEY_BYTES);
  if (got < 0) return got;
  return (got as u32) == KEY_BYTES ? (load<u16>(buffer) as i32) : -EIO;
}

/** time(): seconds since 1970-01-01 00:00 UTC, in 31 bits */
function time(_frame: InterruptFrame): i32 {
  const clock = deviceCalled("rtc");
  return clock === null ? -ENODEV : ioctlDevice(clock, RTC_GET_TIME, 0);
}

/** pipe(handles): the end to read from and the end to write to */
function pipe(frame: InterruptFrame): i32 {
  const process = currentProcess();
  const space = currentSpace();
  if (!space.allows(frame.ebx, PIPE_HANDLES_BYTES, true)) return -EFAULT;
  const reader = process.freeHandle();
  let writer = reader + 1;
  while (writer < HANDLE_COUNT && process.fileOf(writer) !== null) writer++;
  if (writer >= HANDLE_COUNT) return -EMFILE;
  const made = makePipe(process.transfer);
  if (made < 0) return made;
  process.setFile(reader, changetype<File>(load<u32>(process.transfer) as usize));
  process.setFile(writer, changetype<File>(load<u32>(process.transfer, 4) as usize));
  store<u32>(frame.ebx, reader);
  store<u32>(frame.ebx, writer, 4);
  return 0;
}

function deviceCalled(name: string): Device | null {
  const wereEnabled = enterCritical(); // the text's place is shared
  const device = findDevice(textAddress(name));
  leaveCritical(wereEnabled);
  return device;
}
