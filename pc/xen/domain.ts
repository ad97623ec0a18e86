// A domain: a guest in ring 1 on our processor, and the hypervisor under it, which is this room. The processor runs the guest's code
// and walks its page tables; at every interrupt and exception it comes here (`onTrap`).
// Source: the Xen interface manual; Xen public headers. What they leave open is done as Xen 3 does it.

import type { DeviceState } from "../bus.ts";
import type { Clock, Timer } from "../clock.ts";
import type { Cpu, CpuTrap } from "../cpu/cpu.ts";
import { booleanField, numberField, numbersField, stateField } from "../devices/state.ts";
import { FLAT_RING1_CS, FLAT_RING1_DS, INVALID_M2P_ENTRY, MACH2PHYS_VIRT_START, PAGE, VIRQ_TIMER } from "./abi.ts";
import {
  type DomainImage,
  type DomainKernel,
  type DomainPlan,
  fillDomain,
  planDomain,
  readDomainKernel,
} from "./builder.ts";
import { DomainConsole } from "./console.ts";
import { type Crash, crashReport } from "./crash.ts";
import { CONSOLE_PORT, EventChannels } from "./events.ts";
import { FrameTable, L2_TABLE, WRITABLE } from "./frames.ts";
import { GuestMemoryAccess } from "./guest-memory.ts";
import { GDT_WINDOW, type MachineLayout, MFN_MACH2PHYS_TABLE, MFN_SHARED_INFO, MFN_WINDOW_TABLE } from "./layout.ts";
import { ACCESSED, directoryIndex, ENTRY_BYTES, PageTables, PRESENT, tableIndex } from "./page-tables.ts";
import { DescriptorTable, writeReservedDescriptors } from "./segments.ts";
import { SharedInfo } from "./shared-info.ts";
import { Traps } from "./traps.ts";

export type ShutdownReason = "poweroff" | "reboot" | "suspend" | "crash";

/** PE MP ET NE WP AM PG: paging, and read-only pages that are so for ring 1 as well. */
const CR0_AT_START = 0x8005_0033;
const INTERRUPTS_ON = 0x202;
const GDT_LIMIT = 0xffff;
const READABLE = PRESENT | ACCESSED;
/** What a trap costs of the hypervisor's time, in instructions. */
const TRAP_WORK = 50;
const TICK_NS = 10_000_000;

export interface DomainOptions {
  cpu: Cpu;
  clock: Clock;
  layout: MachineLayout;
  image: DomainImage;
  name: string;
  startTime: Date;
  nsPerInstruction: number;
  /** The domain ended; called once, in the middle of a trap. `report` says what happened when it crashed. */
  onShutdown: (reason: ShutdownReason, report: string[]) => void;
}

export class Domain {
  readonly frames: FrameTable;
  readonly tables: PageTables;
  readonly guest: GuestMemoryAccess;
  readonly gdt: DescriptorTable;
  readonly shared: SharedInfo;
  readonly events: EventChannels;
  readonly console: DomainConsole;
  readonly traps: Traps;
  readonly cpu: Cpu;
  readonly clock: Clock;
  readonly layout: MachineLayout;
  /** The frame of the present page directory. */
  directory = 0;
  /** The stack that a trap out of ring 3 gets. */
  kernelStack = { ss: FLAT_RING1_DS, esp: 0 };
  /** Waits for an event. */
  blocked = false;
  /** Ports that a poll waits for; empty when it is no poll. */
  polled: number[] = [];
  periodNs = TICK_NS;
  readonly singleShot: Timer;
  private readonly periodic: Timer;
  private readonly pollTimeout: Timer;
  private readonly kernel: DomainKernel;
  private readonly plan: DomainPlan;
  /** The hypervisor's own work so far, in instructions. */
  private workDone = 0;
  private ended = false;
  private used = false;

  /** @throws Elf32Error, XenGuestError when the kernel cannot be started in so much memory */
  constructor(private readonly options: DomainOptions) {
    const { cpu, clock, layout, image } = options;
    this.cpu = cpu;
    this.clock = clock;
    this.layout = layout;
    this.kernel = readDomainKernel(image.kernel);
    this.plan = planDomain(this.kernel, image.ramdisk?.length ?? 0, layout.pages);
    const { memory } = cpu;
    this.frames = new FrameTable(layout);
    const hypervisorEntries = new Map([
      [directoryIndex(MACH2PHYS_VIRT_START), MFN_MACH2PHYS_TABLE * PAGE + READABLE],
      [directoryIndex(GDT_WINDOW), MFN_WINDOW_TABLE * PAGE + READABLE],
    ]);
    this.tables = new PageTables(memory, this.frames, hypervisorEntries, () => cpu.flushTlb());
    this.guest = new GuestMemoryAccess(memory, () => this.directory);
    this.gdt = new DescriptorTable(memory, this.frames, (page, mfn) => {
      memory.setWord(MFN_WINDOW_TABLE * PAGE + (tableIndex(GDT_WINDOW) + page) * ENTRY_BYTES, mfn * PAGE + READABLE);
      cpu.flushTlb();
    });
    this.shared = new SharedInfo(memory);
    this.events = new EventChannels(this.shared);
    this.console = new DomainConsole(memory);
    this.traps = new Traps(this);
    this.singleShot = clock.timer("domain single-shot", () => this.events.raiseVirq(VIRQ_TIMER));
    this.periodic = clock.timer("domain period", () => this.tick());
    this.pollTimeout = clock.timer("domain poll", () => this.wake());
  }

  get name(): string {
    return this.options.name;
  }

  /** The domain's frames that the hypervisor's side writes to as well: xenstore's and the console's. */
  get sharedFrames(): readonly [store: number, console: number] {
    const { plan, layout, kernel } = this;
    const frameOf = (page: number) => layout.firstMfn + (page - kernel.guest.virtualBase) / PAGE;
    return [frameOf(plan.storePage), frameOf(plan.consolePage)];
  }

  /** Instructions that the hypervisor's work stands for, since the machine was made. */
  get work(): number {
    return this.workDone + this.tables.work;
  }

  addWork(instructions: number): void {
    this.workDone += instructions;
  }

  /** Makes the domain anew: memory, page tables, registers. */
  build(): void {
    const { cpu, layout, options, kernel, plan } = this;
    const { memory } = cpu;
    const { firstMfn, pages } = layout;
    if (this.used) clear(this);
    this.used = true;
    this.ended = false;
    this.blocked = false;
    this.polled = [];
    this.kernelStack = { ss: FLAT_RING1_DS, esp: 0 };
    this.periodNs = TICK_NS;
    for (const timer of [this.singleShot, this.periodic, this.pollTimeout]) timer.cancel();
    cpu.reset();
    this.frames.reset();
    this.events.reset();
    this.traps.reset();
    this.writeMachineToPhysical();
    writeReservedDescriptors(memory);
    this.gdt.reset();
    this.shared.reset(options.startTime);
    const sharedInfo = MFN_SHARED_INFO;
    const contents = fillDomain(kernel, plan, { image: options.image, firstMfn, pages, sharedInfo });
    for (const { address, bytes } of contents.writes) memory.write(address, bytes);

    // The hypervisor's side of the two shared pages keeps them writable: they never become page tables.
    for (const mfn of this.sharedFrames) {
      this.frames.takeType(mfn, WRITABLE);
      this.frames.reference(mfn);
    }
    this.console.attach(this.sharedFrames[1]);
    this.directory = contents.directory;
    const pinned = this.tables.take(contents.directory, L2_TABLE);
    const current = this.tables.take(contents.directory, L2_TABLE);
    if (pinned !== 0 || current !== 0) throw new RangeError("the initial page tables do not pass their own check");
    this.frames.setPinned(contents.directory, true);
    this.enter();
  }

  /** Registers as Xen leaves them to a new domain. */
  private enter(): void {
    const { registers } = this.cpu;
    const code = this.gdt.code(FLAT_RING1_CS);
    const data = this.gdt.stack(FLAT_RING1_DS, 1);
    if (!code || !data) throw new RangeError("the flat segments are missing from the GDT");
    registers.setControl(3, this.directory * PAGE);
    registers.setControl(0, CR0_AT_START);
    registers.gdtr = { base: GDT_WINDOW, limit: GDT_LIMIT };
    registers.idtr = { base: 0, limit: 0 };
    // A task register without an I/O bit map: no port is the guest's.
    registers.setSegment("tr", { selector: 0, base: 0, limit: 0, attributes: 0x8b });
    for (const name of ["ds", "es", "fs", "gs", "ss"] as const) registers.setSegment(name, data);
    registers.setSegment("cs", code);
    registers.setGeneral("edx", 0);
    registers.setGeneral("esp", this.plan.stackTop);
    registers.setGeneral("esi", this.plan.startInfo);
    registers.eip = this.plan.entry;
    registers.eflags = INTERRUPTS_ON;
  }

  private writeMachineToPhysical(): void {
    const { layout, cpu } = this;
    const { firstMfn, pages, mach2phys, mach2physFrames } = layout;
    const table = new Uint8Array(mach2physFrames * PAGE).fill(INVALID_M2P_ENTRY & 0xff);
    const view = new DataView(table.buffer);
    for (let pfn = 0; pfn < pages; pfn++) view.setUint32((firstMfn + pfn) * 4, pfn, true);
    cpu.memory.write(mach2phys * PAGE, table);
    for (let index = 0; index < mach2physFrames; index++) {
      cpu.memory.setWord(MFN_MACH2PHYS_TABLE * PAGE + index * ENTRY_BYTES, (mach2phys + index) * PAGE + READABLE);
    }
  }

  /** Entry of the machine-to-physical table. */
  setPhysical(mfn: number, pfn: number): void {
    this.cpu.memory.setWord(this.layout.mach2phys * PAGE + mfn * 4, pfn);
  }

  /** Makes another page directory the present one; 0 or an error. */
  setDirectory(mfn: number): number {
    const error = this.tables.take(mfn, L2_TABLE);
    if (error !== 0) return error;
    const before = this.directory;
    this.directory = mfn;
    this.cpu.registers.setControl(3, mfn * PAGE);
    this.tables.drop(before);
    return 0;
  }

  /** The processor's every interrupt and exception. */
  onTrap(trap: CpuTrap): void {
    if (this.ended) {
      this.cpu.stop();
      return;
    }
    this.addWork(TRAP_WORK);
    this.shared.setTime(this.clock.nowNs(), this.cpu.instructions, this.options.nsPerInstruction);
    this.traps.handle(trap);
    this.deliverEvents();
  }

  /** On the way back to the guest: an upcall if there are events and the guest takes them. */
  deliverEvents(): void {
    if (this.ended || this.asleep) return;
    this.blocked = false;
    this.polled = [];
    this.pollTimeout.cancel();
    if (this.shared.upcallPending && this.shared.upcallMask === 0) this.traps.upcall();
  }

  /** Blocked, and nothing has happened that it waits for. */
  get asleep(): boolean {
    if (!this.blocked) return false;
    if (this.polled.length > 0) return !this.polled.some((port) => this.shared.isPending(port));
    return !this.shared.upcallPending;
  }

  wake(): void {
    this.blocked = false;
  }

  /** Waits until one of the ports is pending, or until `deadlineNs` (Infinity: for ever). */
  poll(ports: number[], deadlineNs: number): void {
    this.block();
    this.polled = ports;
    if (deadlineNs !== Number.POSITIVE_INFINITY) this.pollTimeout.arm(deadlineNs);
  }

  block(): void {
    this.blocked = true;
    this.cpu.stop();
  }

  /** The guest has bound the timer's virtual interrupt, or set its period; 0: no period. */
  startPeriod(periodNs: number): void {
    this.periodNs = periodNs;
    if (periodNs === 0 || !this.events.isVirqBound(VIRQ_TIMER)) this.periodic.cancel();
    else this.periodic.arm(this.clock.nowNs() + periodNs);
  }

  private tick(): void {
    this.events.raiseVirq(VIRQ_TIMER);
    if (this.periodNs > 0) this.periodic.arm(this.clock.nowNs() + this.periodNs);
  }

  /** The console's other end: takes what the guest wrote into the ring and gives it what was typed. */
  serveConsole(): void {
    if (!this.ended && this.console.serveRing()) this.events.raise(CONSOLE_PORT);
  }

  shutdown(reason: ShutdownReason, report: string[] = []): void {
    if (this.ended) return;
    this.ended = true;
    this.console.serveRing();
    this.cpu.stop();
    this.options.onShutdown(reason, report);
  }

  /** Gives the memory of a domain that ended back: nothing of it is left but its console. */
  destroy(): void {
    clear(this);
  }

  crash(crash: Crash): void {
    if (!this.ended) this.shutdown("crash", crashReport(this, this.kernel, crash));
  }

  save(): DeviceState {
    const { directory, kernelStack, blocked, polled, periodNs, workDone, ended, used } = this;
    return {
      frames: this.frames.save(),
      events: this.events.save(),
      console: this.console.save(),
      traps: this.traps.save(),
      gdt: this.gdt.save(),
      kernelStack: [kernelStack.ss, kernelStack.esp],
      polled: [...polled],
      directory,
      blocked,
      periodNs,
      work: workDone + this.tables.work,
      ended,
      used,
    };
  }

  /** Goes on from a saved state; the processor's and the clock's are restored beside it. */
  load(state: DeviceState): void {
    this.frames.load(stateField(state, "frames"));
    this.events.load(stateField(state, "events"));
    this.console.load(stateField(state, "console"));
    this.traps.load(stateField(state, "traps"));
    this.gdt.load(numbersField(state, "gdt"));
    const [ss, esp] = numbersField(state, "kernelStack", 2);
    this.kernelStack = { ss, esp };
    this.polled = numbersField(state, "polled");
    this.directory = numberField(state, "directory");
    this.blocked = booleanField(state, "blocked");
    this.periodNs = numberField(state, "periodNs");
    this.workDone = numberField(state, "work") - this.tables.work;
    this.ended = booleanField(state, "ended");
    this.used = booleanField(state, "used");
  }
}

/** The domain's memory as it was before anything ran. */
function clear({ cpu, layout }: Domain): void {
  const zeros = new Uint8Array(256 * PAGE);
  const end = (layout.firstMfn + layout.pages) * PAGE;
  for (let at = layout.firstMfn * PAGE; at < end; at += zeros.length) cpu.memory.write(at, zeros);
}
