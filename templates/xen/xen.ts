// The hypercalls that this guest makes, and the page that the hypervisor left for it.
// Source: Xen public headers xen.h, sched.h, version.h.

import { hypercall3 } from "./hypercalls.external.ts";

const CONSOLE_IO: u32 = 18;
const CONSOLEIO_WRITE: u32 = 0;
const XEN_VERSION: u32 = 17;
const XENVER_VERSION: u32 = 0;
const SCHED_OP: u32 = 29;
const SCHEDOP_SHUTDOWN: u32 = 2;

export const SHUTDOWN_POWEROFF: u32 = 0;
export const SHUTDOWN_CRASH: u32 = 3;

/** Offsets in start_info. */
export const NR_PAGES: usize = 32;
export const CMD_LINE: usize = 80;

/** Memory that the compiler sets aside, for what the hypervisor reads. */
const character: usize = memory.data(4);
const argument: usize = memory.data(4, 4);

/** Puts one byte on the console. */
export function put(code: u32): void {
  store<u8>(character, code as u8);
  hypercall3(CONSOLE_IO, CONSOLEIO_WRITE, 1, character as u32);
}

/** The hypervisor's version: major in the upper 16 bits, minor in the lower. */
export function version(): u32 {
  return hypercall3(XEN_VERSION, XENVER_VERSION, 0, 0);
}

/** Ends the domain. */
export function shutDown(reason: u32): void {
  store<u32>(argument, reason);
  hypercall3(SCHED_OP, SCHEDOP_SHUTDOWN, argument as u32, 0);
}
