// Event channels: a guest's interrupts. Ports that the guest binds to a virtual interrupt or to itself, two that the domain is
// born with (xenstore and console), and what makes the guest notice.
// Source: Xen public headers event_channel.h and xen.h (shared_info); the Xen interface manual, "Event channels".

import type { DeviceState } from "../bus.ts";
import { bytesField, numbersField } from "../devices/state.ts";
import { EEXIST, EINVAL, ENOSPC, NR_EVENT_CHANNELS, NR_VIRQS } from "./abi.ts";
import type { SharedInfo } from "./shared-info.ts";

export const STORE_PORT = 1;
export const CONSOLE_PORT = 2;
const FIRST_FREE_PORT = 3;

const STATE_CLOSED = 0;
const STATE_UNBOUND = 1;
const STATE_INTERDOMAIN = 2;
const STATE_VIRQ = 4;
const STATE_IPI = 5;

export class EventChannels {
  private readonly states = new Uint8Array(NR_EVENT_CHANNELS);
  /** The port of each virtual interrupt, 0 for none. */
  private readonly virqs: number[] = new Array<number>(NR_VIRQS).fill(0);

  constructor(private readonly shared: SharedInfo) {}

  reset(): void {
    this.states.fill(STATE_CLOSED);
    this.virqs.fill(0);
    this.states[STORE_PORT] = STATE_INTERDOMAIN;
    this.states[CONSOLE_PORT] = STATE_INTERDOMAIN;
  }

  private open(state: number): number {
    const port = this.states.indexOf(STATE_CLOSED, FIRST_FREE_PORT);
    if (port < 0) return ENOSPC;
    this.states[port] = state;
    return port;
  }

  bindVirq(virq: number): number {
    if (virq >= NR_VIRQS) return EINVAL;
    if (this.virqs[virq] !== 0) return EEXIST;
    const port = this.open(STATE_VIRQ);
    if (port > 0) this.virqs[virq] = port;
    return port;
  }

  bindIpi(): number {
    return this.open(STATE_IPI);
  }

  allocateUnbound(): number {
    return this.open(STATE_UNBOUND);
  }

  close(port: number): number {
    if (this.status(port) === STATE_CLOSED || port < FIRST_FREE_PORT) return EINVAL;
    const virq = this.virqs.indexOf(port);
    if (virq >= 0) this.virqs[virq] = 0;
    this.states[port] = STATE_CLOSED;
    return 0;
  }

  /** EVTCHNSTAT_…: 0 closed, 1 unbound, 2 interdomain, 4 virtual interrupt, 5 inter-processor. */
  status(port: number): number {
    return port > 0 && port < NR_EVENT_CHANNELS ? this.states[port] : STATE_CLOSED;
  }

  /** Which virtual interrupt a port stands for, or -1. */
  virqOf(port: number): number {
    return this.virqs.indexOf(port);
  }

  isVirqBound(virq: number): boolean {
    return this.virqs[virq] !== 0;
  }

  raiseVirq(virq: number): void {
    const port = this.virqs[virq];
    if (port !== 0) this.raise(port);
  }

  /** The port becomes pending; the guest is told unless it masks the port. */
  raise(port: number): void {
    const was = this.shared.isPending(port);
    this.shared.setPending(port);
    if (!was && !this.shared.isMasked(port)) this.shared.select(port);
  }

  unmask(port: number): number {
    if (port >= NR_EVENT_CHANNELS) return EINVAL;
    const masked = this.shared.isMasked(port);
    this.shared.clearMask(port);
    if (masked && this.shared.isPending(port)) this.shared.select(port);
    return 0;
  }

  save(): DeviceState {
    return { states: this.states.slice(), virqs: [...this.virqs] };
  }

  load(state: DeviceState): void {
    this.states.set(bytesField(state, "states", NR_EVENT_CHANNELS));
    numbersField(state, "virqs", NR_VIRQS).forEach((port, virq) => {
      this.virqs[virq] = port;
    });
  }
}
