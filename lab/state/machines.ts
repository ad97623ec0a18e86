// The machines of the page. There is one to begin with; Xen domains that are opened while another runs stand beside it, each in a
// worker of its own. What the tool bar and the views show is the one in front.

import { type ReadonlySignal, signal } from "@preact/signals";
import { InputError, UsageError } from "../../media/errors.ts";
import type { NamedBlob } from "../files/collection.ts";
import { plansOf } from "../files/open.ts";
import { unpackState } from "../files/state-file.ts";
import type { BootPlan } from "../machine/plan.ts";
import { Session } from "./session.ts";

export class Machines {
  readonly all: ReadonlySignal<readonly Session[]>;
  readonly front: ReadonlySignal<Session>;
  private readonly allState;
  private readonly frontState;

  constructor(readonly main: Session) {
    this.allState = signal<readonly Session[]>([main]);
    this.frontState = signal(main);
    this.all = this.allState;
    this.front = this.frontState;
  }

  bringToFront(session: Session): void {
    this.frontState.value = session;
  }

  /** Ends a machine that stands beside the main one. */
  close(session: Session): void {
    if (session === this.main) return;
    session.client.close();
    this.allState.value = this.allState.value.filter((each) => each !== session);
    if (this.frontState.value === session) this.frontState.value = this.main;
  }

  /** Boots what the files hold, or goes on from a state among them. What cannot be used ends in the front machine's `failure`. */
  open(files: readonly NamedBlob[]): Promise<void> {
    return this.openFetched(async () => files);
  }

  /** The same with files that have to come first, and with a last word on the plans. */
  async openFetched(
    fetchFiles: () => Promise<readonly NamedBlob[]>,
    change: (plan: BootPlan) => BootPlan = (plan) => plan,
    autostart = true,
  ): Promise<void> {
    const { value: session } = this.frontState;
    try {
      const files = await fetchFiles();
      const [first] = files;
      const state = files.length === 1 && first ? await unpackState(first.name, first.blob) : undefined;
      if (state) await session.restore(state.head, state.snapshot, first.name);
      else await this.boot((await plansOf(files)).map(change), autostart);
    } catch (error) {
      if (!(error instanceof InputError) && !(error instanceof UsageError)) throw error;
      session.refuse(error.message);
    }
  }

  /**
   * The first plan in the front machine; further domains, and a domain while another runs, beside it.
   * @param autostart false: the machine waits for the person
   */
  async boot(plans: readonly BootPlan[], autostart = true): Promise<void> {
    const booting = plans.map((plan) => {
      const session = this.placeFor(plan);
      this.frontState.value = session;
      return autostart ? session.boot(plan) : session.prepare(plan);
    });
    await Promise.all(booting);
  }

  private placeFor(plan: BootPlan): Session {
    const front = this.frontState.value;
    const isBeside = plan.kind === "domain" && front.plan.value?.kind === "domain" && !front.failure.value;
    if (!isBeside) return front;
    const session = new Session();
    this.allState.value = [...this.allState.value, session];
    return session;
  }
}
