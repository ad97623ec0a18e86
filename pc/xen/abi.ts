// Numbers of the interface between a 32-bit paravirtual guest and Xen: hypercalls, errors, structures.
// Source: Xen public headers xen.h, arch-x86/xen.h, arch-x86/xen-x86_32.h, sched.h, event_channel.h, memory.h, version.h, vcpu.h,
// io/console.h; errno.h (numbers of i386 Linux).

export const PAGE = 0x1000;
export const PAGE_SHIFT = 12;

export const HYPERCALL_VECTOR = 0x82;

export const Hypercall = {
  setTrapTable: 0,
  mmuUpdate: 1,
  setGdt: 2,
  stackSwitch: 3,
  setCallbacks: 4,
  fpuTaskswitch: 5,
  schedOpCompat: 6,
  updateDescriptor: 10,
  memoryOp: 12,
  multicall: 13,
  updateVaMapping: 14,
  setTimerOp: 15,
  eventChannelOpCompat: 16,
  xenVersion: 17,
  consoleIo: 18,
  vmAssist: 21,
  iret: 23,
  vcpuOp: 24,
  mmuextOp: 26,
  schedOp: 29,
  eventChannelOp: 32,
} as const;
/** How many stubs the hypercall page has, and how long each is. */
export const HYPERCALL_STUBS = 128;
export const HYPERCALL_STUB_BYTES = 32;

/** Results below zero. */
export const EPERM = -1;
export const ENOENT = -2;
export const ESRCH = -3;
export const ENOMEM = -12;
export const EFAULT = -14;
export const EBUSY = -16;
export const EEXIST = -17;
export const EINVAL = -22;
export const ENOSPC = -28;
export const ENOSYS = -38;

export const DOMID_SELF = 0x7ff0;

// Flat segments that are in every GDT, in the page that the guest cannot replace.
export const FIRST_RESERVED_GDT_PAGE = 14;
export const FLAT_RING1_CS = 0xe019;
export const FLAT_RING1_DS = 0xe021;
export const FLAT_RING1_SS = 0xe021;
export const FLAT_RING3_CS = 0xe02b;
export const FLAT_RING3_DS = 0xe033;

/** From here on the address space is the hypervisor's (two-level page tables; with three levels it would be F5800000h). */
export const HYPERVISOR_VIRT_START = 0xfc00_0000;
/** The machine-to-physical table: readable, four bytes a frame. */
export const MACH2PHYS_VIRT_START = HYPERVISOR_VIRT_START;
export const MACH2PHYS_VIRT_END = 0xfc40_0000;
export const INVALID_M2P_ENTRY = 0xffff_ffff;

export const START_INFO_MAGIC = "xen-3.0-x86_32";
export const START_INFO = {
  magic: 0,
  nrPages: 32,
  sharedInfo: 36,
  flags: 40,
  storeMfn: 44,
  storeEvtchn: 48,
  consoleMfn: 52,
  consoleEvtchn: 56,
  ptBase: 60,
  nrPtFrames: 64,
  mfnList: 68,
  modStart: 72,
  modLen: 76,
  cmdLine: 80,
} as const;
export const MAX_GUEST_CMDLINE = 1024;

/** struct shared_info; the first vcpu_info begins it. */
export const SHARED_INFO = {
  upcallPending: 0,
  upcallMask: 1,
  pendingSel: 4,
  cr2: 8,
  timeVersion: 32,
  tscTimestamp: 40,
  systemTime: 48,
  tscToSystemMul: 56,
  tscShift: 60,
  evtchnPending: 2048,
  evtchnMask: 2176,
  wcVersion: 2304,
  wcSec: 2308,
  wcNsec: 2312,
  maxPfn: 2316,
} as const;

export const SHUTDOWN_POWEROFF = 0;
export const SHUTDOWN_REBOOT = 1;
export const SHUTDOWN_SUSPEND = 2;
export const SHUTDOWN_CRASH = 3;

export const VIRQ_TIMER = 0;
export const NR_VIRQS = 24;
export const NR_EVENT_CHANNELS = 1024;
