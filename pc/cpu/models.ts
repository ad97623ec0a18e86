// The processors that the CPU can be: who they say they are, and what they have. Source: Intel, Processor Identification and the
// CPUID Instruction (AP-485, order no. 241618), tables 3-3 (signatures) and 3-10 (leaf 2); SDM vol. 3, 10.1.2 (EDX at reset); AMD no. 20734.

import type { Form, Level } from "../../isa/instruction.ts";
import { CpuConfigurationError } from "./errors.ts";
import { type CpuFeature, featureBits, IMPLEMENTED, isCpuFeature } from "./features.ts";

export interface CpuModel {
  name: string;
  /** For `--cpu help`. */
  about: string;
  level: Level;
  family: number;
  model: number;
  stepping: number;
  /** Twelve letters; what CPUID says, if there is CPUID. */
  vendor: string;
  /** Up to 47 letters; "" where there is no brand string. */
  brand: string;
  /** CPUID leaf 2: descriptors of caches and TLBs; undefined where leaf 1 is the last. */
  caches?: readonly number[];
  features: ReadonlySet<CpuFeature>;
}

const INTEL = "GenuineIntel";
const PENTIUM = ["fpu", "vme", "de", "pse", "tsc", "msr", "mce", "cx8", "cpuid"] as const;
const PENTIUM_PRO = [...PENTIUM, "pae", "apic", "mtrr", "pge", "mca", "cmov"] as const;
const PENTIUM_2 = [...PENTIUM_PRO, "sep", "pat", "pse36", "mmx", "fxsr"] as const;
const PENTIUM_3 = [...PENTIUM_2, "sse"] as const;
const PENTIUM_4 = [...PENTIUM_3, "sse2", "clflush", "ss"] as const;

interface Row extends Omit<CpuModel, "features"> {
  aliases: readonly string[];
  features: Iterable<CpuFeature>;
}

/** In the order of `--cpu help`. Other names are QEMU's and Bochs'. */
const MODELS: readonly Row[] = [
  {
    ...{ name: "max", about: "a Pentium 4 with everything that this CPU can do (the default)", level: "p4" },
    ...{ family: 15, model: 2, stepping: 9, vendor: INTEL, brand: "MiniOS Virtual CPU" },
    caches: [0x665b5101, 0, 0, 0x007b7040],
    features: IMPLEMENTED,
    aliases: ["default", "qemu32", "kvm32", "base", "host", "bx_generic"],
  },
  {
    ...{ name: "386", about: "Intel 80386DX with a 387", level: "386" },
    ...{ family: 3, model: 0, stepping: 8, vendor: INTEL, brand: "" },
    features: ["fpu"],
    aliases: ["i386", "80386"],
  },
  {
    ...{ name: "486", about: "Intel 80486DX2: alignment checks, CMPXCHG, XADD; no CPUID", level: "486" },
    ...{ family: 4, model: 3, stepping: 2, vendor: INTEL, brand: "" },
    features: ["fpu"],
    aliases: ["i486", "80486"],
  },
  {
    ...{ name: "486dx4", about: "IntelDX4: a 486 with CPUID", level: "486" },
    ...{ family: 4, model: 8, stepping: 0, vendor: INTEL, brand: "" },
    features: ["fpu", "vme", "cpuid"],
    aliases: ["dx4"],
  },
  {
    ...{ name: "pentium", about: "Intel Pentium (P54C): 4 MiB pages, TSC, MSRs, CMPXCHG8B", level: "pentium" },
    ...{ family: 5, model: 2, stepping: 12, vendor: INTEL, brand: "" },
    features: PENTIUM,
    aliases: ["i586", "586", "p5"],
  },
  {
    ...{ name: "pentium-mmx", about: "Intel Pentium with MMX (P55C)", level: "pentium" },
    ...{ family: 5, model: 4, stepping: 3, vendor: INTEL, brand: "" },
    features: [...PENTIUM, "mmx"],
    aliases: ["pentium_mmx"],
  },
  {
    ...{ name: "k6-2", about: "AMD K6-2: MMX, 3DNow!", level: "pentium" },
    ...{ family: 5, model: 8, stepping: 12, vendor: "AuthenticAMD", brand: "AMD-K6(tm) 3D processor" },
    features: [...PENTIUM, "mmx", "3dnow"],
    aliases: ["k6", "amd_k6_2_chomper"],
  },
  {
    ...{ name: "pentiumpro", about: "Intel Pentium Pro: CMOV, PAE, global pages, APIC", level: "p6" },
    ...{ family: 6, model: 1, stepping: 9, vendor: INTEL, brand: "" },
    caches: [0x03020101, 0, 0, 0x06040a42],
    features: PENTIUM_PRO,
    aliases: ["ppro", "p6", "i686", "686"],
  },
  {
    ...{ name: "pentium2", about: "Intel Pentium II (Deschutes): MMX, SYSENTER, FXSAVE", level: "p6" },
    ...{ family: 6, model: 5, stepping: 2, vendor: INTEL, brand: "" },
    caches: [0x03020101, 0, 0, 0x0c040843],
    features: PENTIUM_2,
    aliases: ["p2", "p2_klamath"],
  },
  {
    ...{ name: "pentium3", about: "Intel Pentium III (Coppermine): SSE", level: "p6" },
    ...{ family: 6, model: 8, stepping: 6, vendor: INTEL, brand: "" },
    caches: [0x03020101, 0, 0, 0x0c040882],
    features: PENTIUM_3,
    aliases: ["p3", "p3_katmai"],
  },
  {
    ...{ name: "pentium4", about: "Intel Pentium 4 (Northwood): SSE2", level: "p4" },
    ...{ family: 15, model: 2, stepping: 9, vendor: INTEL, brand: "Intel(R) Pentium(R) 4 CPU 2.40GHz" },
    caches: [0x665b5101, 0, 0, 0x007b7040],
    features: PENTIUM_4,
    aliases: ["p4", "p4_willamette"],
  },
];

const LEVELS: readonly Level[] = ["386", "486", "pentium", "p6", "p4"];

/**
 * The model of that name, with features added or taken away as QEMU's `-cpu` has it: "pentium3,-sse,+nx".
 * @throws CpuConfigurationError for a name or feature that there is not
 */
export function cpuModel(text: string): CpuModel {
  const [name, ...changes] = text.toLowerCase().split(",");
  const row = MODELS.find((each) => each.name === name || each.aliases.includes(name));
  if (row === undefined) {
    const known = MODELS.map((each) => each.name).join(", ");
    throw new CpuConfigurationError(`CPU model "${name}": expected one of ${known}`);
  }
  const features = new Set([...row.features].filter((feature) => IMPLEMENTED.has(feature)));
  for (const change of changes) {
    const [, sign, feature, value] = /^([+-]?)([a-z0-9_]+)(?:=(on|off))?$/.exec(change) ?? [];
    if (feature === undefined || !isCpuFeature(feature) || (sign === "") !== (value !== undefined)) {
      throw new CpuConfigurationError(`CPU feature "${change}": expected + or - and a name as in /proc/cpuinfo`);
    }
    if (sign === "-" || value === "off") features.delete(feature);
    else if (IMPLEMENTED.has(feature)) features.add(feature);
    else throw new CpuConfigurationError(`CPU feature "${feature}": this CPU does not have it`);
  }
  return { ...row, name: [row.name, ...changes].join(","), features };
}

/** A line for each model: name, other names, what it is. */
export function cpuModelHelp(): string {
  const line = ({ name, aliases, about }: Row): string => `  ${name.padEnd(12)} ${about}; also ${aliases.join(", ")}\n`;
  return MODELS.map(line).join("");
}

/** Whether the model has that instruction. */
export function modelHas(model: CpuModel, form: Form): boolean {
  if (LEVELS.indexOf(form.level) > LEVELS.indexOf(model.level)) return false;
  return form.feature === "" || model.features.has(form.feature);
}

/** CPUID leaf 1 EAX, and EDX after reset. */
export function signature({ family, model, stepping }: CpuModel): number {
  return (family << 8) | (model << 4) | stepping;
}

/** EAX EBX ECX EDX of each leaf, from 0 and from 80000000h on; none without CPUID. */
export function cpuidLeaves(model: CpuModel): { basic: number[][]; extended: number[][] } {
  const { features, vendor, caches, brand } = model;
  if (!features.has("cpuid")) return { basic: [], extended: [] };
  const [first, second, third] = lettersToWords(vendor, 3);
  const standard = featureBits(features, "standard");
  // CLFLUSH works on lines of eight times eight bytes.
  const clflush = features.has("clflush") ? 8 << 8 : 0;
  const basic = [
    [caches ? 2 : 1, first, third, second],
    [signature(model), clflush, featureBits(features, "newer"), standard],
    ...(caches ? [[...caches]] : []),
  ];
  const ofExtended = featureBits(features, "extended");
  if (brand === "" && ofExtended === 0) return { basic, extended: [] };
  const text = lettersToWords(brand, 12);
  const amd = vendor === "AuthenticAMD";
  // AMD says everything twice.
  const repeated = amd ? standard & 0x0183_f3ff : 0;
  const extended = [
    [0x8000_0004, ...(amd ? [first, third, second] : [0, 0, 0])],
    [amd ? signature(model) : 0, 0, 0, (ofExtended | repeated) >>> 0],
    ...[0, 4, 8].map((at) => text.slice(at, at + 4)),
  ];
  return { basic, extended };
}

function lettersToWords(text: string, count: number): number[] {
  const bytes = new Uint8Array(count * 4);
  bytes.set(new TextEncoder().encode(text).subarray(0, bytes.length));
  return [...new Uint32Array(bytes.buffer)];
}

/** The place of the level among all, oldest first. */
export function levelIndex({ level }: CpuModel): number {
  return LEVELS.indexOf(level);
}

/** The bits of CR0, CR4 and EFLAGS that software can set; no bits of CR4 means that there is no CR4. */
export function registerBits({ level, features }: CpuModel): { cr0: number; cr4: number; eflags: number } {
  const FPU_ONLY = 0x8000_001f;
  const FROM_486 = 0xe005_003f; // also NE, WP, AM, NW, CD
  const cr4: readonly (readonly [CpuFeature, number])[] = [
    ["vme", 0x3], // VME, PVI
    ["tsc", 0x4], // TSD
    ["de", 0x8],
    ["pse", 0x10],
    ["pae", 0x20],
    ["mce", 0x40],
    ["pge", 0x80],
    ["fxsr", 0x200], // OSFXSR
    ["sse", 0x400], // OSXMMEXCPT
  ];
  const PCE = 0x100;
  let eflags = 0x3_7fd7;
  if (level !== "386") eflags |= 0x4_0000; // AC
  if (features.has("vme")) eflags |= 0x18_0000; // VIF, VIP
  if (features.has("cpuid")) eflags |= 0x20_0000; // ID
  return {
    cr0: level === "386" ? FPU_ONLY : FROM_486,
    cr4: cr4.reduce(
      (bits, [feature, bit]) => bits | (features.has(feature) ? bit : 0),
      level === "p6" || level === "p4" ? PCE : 0,
    ),
    eflags,
  };
}
