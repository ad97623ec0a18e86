// Hypercalls about waiting and waking: scheduling, shutdown, event channels, timers.
// Source: Xen public headers sched.h, event_channel.h, vcpu.h.

import {
  EFAULT,
  EINVAL,
  ENOENT,
  ENOSYS,
  NR_EVENT_CHANNELS,
  SHUTDOWN_CRASH,
  SHUTDOWN_POWEROFF,
  SHUTDOWN_REBOOT,
  SHUTDOWN_SUSPEND,
  VIRQ_TIMER,
} from "./abi.ts";
import type { Domain } from "./domain.ts";
import { CONSOLE_PORT } from "./events.ts";
import type { Call } from "./hypercalls.ts";

const SCHEDOP_YIELD = 0;
const SCHEDOP_BLOCK = 1;
const SCHEDOP_SHUTDOWN = 2;
const SCHEDOP_POLL = 3;
const MOST_POLLED = 128;

/** (command, argument): as sched_op, with the reason itself in place of a pointer, and without poll. */
export function schedOpCompat(domain: Domain, { args: [command, argument] }: Call): number {
  if (command === SCHEDOP_SHUTDOWN) return shutdown(domain, argument);
  return command === SCHEDOP_YIELD || command === SCHEDOP_BLOCK ? waitFor(domain, command) : ENOSYS;
}

/** (command, pointer to the argument) */
export function schedOp(domain: Domain, { args: [command, argument] }: Call): number {
  switch (command) {
    case SCHEDOP_YIELD:
    case SCHEDOP_BLOCK:
      return waitFor(domain, command);
    case SCHEDOP_SHUTDOWN: {
      const reason = domain.guest.word(argument);
      return reason === undefined ? EFAULT : shutdown(domain, reason);
    }
    case SCHEDOP_POLL:
      return poll(domain, argument);
    default:
      return ENOSYS;
  }
}

function waitFor(domain: Domain, command: number): number {
  // There is nobody to yield to; but the console's other end may have something for the guest.
  domain.serveConsole();
  if (command === SCHEDOP_YIELD) return 0;
  // Blocking lets events through: one that came before is not waited for.
  domain.shared.setUpcallMask(false);
  if (!domain.shared.upcallPending) domain.block();
  return 0;
}

function shutdown(domain: Domain, reason: number): number {
  switch (reason) {
    case SHUTDOWN_POWEROFF:
      domain.shutdown("poweroff");
      return 0;
    case SHUTDOWN_REBOOT:
      domain.shutdown("reboot");
      return 0;
    case SHUTDOWN_SUSPEND:
      domain.shutdown("suspend");
      return 0;
    case SHUTDOWN_CRASH:
      domain.crash({ what: "The guest says that it crashed (shutdown, reason 3)" });
      return 0;
    default:
      domain.crash({ what: `A shutdown for a reason that is none: ${reason}` });
      return 0;
  }
}

/** {list of ports, count, u64 time-out in ns of system time or 0} */
function poll(domain: Domain, argument: number): number {
  const fields = domain.guest.words(argument, 4);
  if (!fields) return EFAULT;
  const [list, count, low, high] = fields;
  if (count > MOST_POLLED) return EINVAL;
  const ports = domain.guest.words(list, count);
  if (!ports) return EFAULT;
  if (ports.some((port) => port >= NR_EVENT_CHANNELS)) return EINVAL;
  domain.serveConsole();
  if (ports.some((port) => domain.shared.isPending(port))) return 0;
  const deadline = wide(low, high);
  if (count === 0 && deadline === 0) return 0;
  domain.poll(ports, deadline === 0 ? Number.POSITIVE_INFINITY : deadline);
  return 0;
}

/** (low, high): one event of the timer at that system time; 0 for none. */
export function setTimerOp(domain: Domain, { args: [low, high] }: Call): number {
  arm(domain, wide(low, high));
  return 0;
}

function arm(domain: Domain, deadlineNs: number): void {
  if (deadlineNs === 0) domain.singleShot.cancel();
  else domain.singleShot.arm(Math.max(deadlineNs, domain.clock.nowNs()));
}

const VCPUOP_IS_UP = 3;
const VCPUOP_SET_PERIODIC_TIMER = 6;
const VCPUOP_STOP_PERIODIC_TIMER = 7;
const VCPUOP_SET_SINGLESHOT_TIMER = 8;
const VCPUOP_STOP_SINGLESHOT_TIMER = 9;
const LEAST_PERIOD_NS = 1_000_000;

/** (command, virtual processor, argument) */
export function vcpuOp(domain: Domain, { args: [command, vcpu, argument] }: Call): number {
  if (vcpu !== 0) return ENOENT;
  switch (command) {
    case VCPUOP_IS_UP:
      return 1;
    case VCPUOP_SET_PERIODIC_TIMER: {
      const period = domain.guest.words(argument, 2);
      if (!period) return EFAULT;
      const periodNs = wide(period[0], period[1]);
      if (periodNs < LEAST_PERIOD_NS) return EINVAL;
      domain.startPeriod(periodNs);
      return 0;
    }
    case VCPUOP_STOP_PERIODIC_TIMER:
      domain.startPeriod(0);
      return 0;
    case VCPUOP_SET_SINGLESHOT_TIMER: {
      const timeout = domain.guest.words(argument, 2);
      if (!timeout) return EFAULT;
      arm(domain, wide(timeout[0], timeout[1]));
      return 0;
    }
    case VCPUOP_STOP_SINGLESHOT_TIMER:
      domain.singleShot.cancel();
      return 0;
    default:
      return ENOSYS;
  }
}

const BIND_VIRQ = 1;
const CLOSE = 3;
const SEND = 4;
const STATUS = 5;
const ALLOC_UNBOUND = 6;
const BIND_IPI = 7;
const BIND_VCPU = 8;
const UNMASK = 9;

const STATUS_VIRQ = 4;
const STATUS_INTERDOMAIN = 2;

/** (pointer): {command, argument} in one structure. */
export function eventChannelOpCompat(domain: Domain, { args: [structure] }: Call): number {
  const command = domain.guest.word(structure);
  return command === undefined ? EFAULT : eventChannel(domain, command, structure + 4);
}

/** (command, pointer to the argument) */
export function eventChannelOp(domain: Domain, { args: [command, argument] }: Call): number {
  return eventChannel(domain, command, argument);
}

function eventChannel(domain: Domain, command: number, at: number): number {
  const { guest, events } = domain;
  const first = guest.word(at);
  if (first === undefined) return EFAULT;
  switch (command) {
    case BIND_VIRQ: {
      const vcpu = guest.word(at + 4);
      if (vcpu !== 0) return vcpu === undefined ? EFAULT : ENOENT;
      const port = events.bindVirq(first);
      if (port < 0) return port;
      if (first === VIRQ_TIMER) domain.startPeriod(domain.periodNs);
      return guest.writeWords(at + 8, port) ? 0 : EFAULT;
    }
    case BIND_IPI:
      if (first !== 0) return ENOENT;
      return answer(domain, at + 4, events.bindIpi());
    case ALLOC_UNBOUND:
      return answer(domain, at + 4, events.allocateUnbound());
    case BIND_VCPU:
      return guest.word(at + 4) === 0 ? 0 : ENOENT;
    case CLOSE: {
      const wasTimer = events.virqOf(first) === VIRQ_TIMER;
      const error = events.close(first);
      if (error === 0 && wasTimer) domain.startPeriod(domain.periodNs);
      return error;
    }
    case SEND:
      return send(domain, first);
    case UNMASK:
      return events.unmask(first);
    case STATUS: {
      const port = guest.word(at + 4);
      if (port === undefined) return EFAULT;
      const status = events.status(port);
      const detail = status === STATUS_VIRQ ? events.virqOf(port) : status === STATUS_INTERDOMAIN ? port : 0;
      return guest.writeWords(at + 8, status, 0, detail) ? 0 : EFAULT;
    }
    default:
      return ENOSYS;
  }
}

function answer(domain: Domain, at: number, port: number): number {
  if (port < 0) return port;
  return domain.guest.writeWords(at, port) ? 0 : EFAULT;
}

const STATE_CLOSED = 0;
const STATE_IPI = 5;

/** To oneself, to the console, or to nobody (xenstore has no daemon here). */
function send(domain: Domain, port: number): number {
  const { events } = domain;
  const status = events.status(port);
  if (status === STATE_CLOSED) return EINVAL;
  if (status === STATE_IPI) events.raise(port);
  if (port === CONSOLE_PORT) domain.serveConsole();
  return 0;
}

const wide = (low: number, high: number): number => high * 2 ** 32 + low;
