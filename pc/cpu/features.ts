// What CPUID says of a processor, by name: the names are Linux' (/proc/cpuinfo) and QEMU's, the bits the manual's.
// Source: Intel SDM vol. 2, CPUID; AMD, CPUID Specification, no. 25481 (leaf 80000001h).

/** The registers of CPUID that hold feature bits: leaf 1 EDX and ECX, leaf 80000001h EDX. */
export type FeatureWord = "standard" | "newer" | "extended";

const BITS = {
  fpu: ["standard", 0],
  vme: ["standard", 1],
  de: ["standard", 2],
  pse: ["standard", 3],
  tsc: ["standard", 4],
  msr: ["standard", 5],
  pae: ["standard", 6],
  mce: ["standard", 7],
  cx8: ["standard", 8],
  apic: ["standard", 9],
  sep: ["standard", 11],
  mtrr: ["standard", 12],
  pge: ["standard", 13],
  mca: ["standard", 14],
  cmov: ["standard", 15],
  pat: ["standard", 16],
  pse36: ["standard", 17],
  clflush: ["standard", 19],
  mmx: ["standard", 23],
  fxsr: ["standard", 24],
  sse: ["standard", 25],
  sse2: ["standard", 26],
  ss: ["standard", 27],
  pni: ["newer", 0],
  monitor: ["newer", 3],
  ssse3: ["newer", 9],
  sse4_1: ["newer", 19],
  sse4_2: ["newer", 20],
  popcnt: ["newer", 23],
  syscall: ["extended", 11],
  nx: ["extended", 20],
  mmxext: ["extended", 22],
  "3dnowext": ["extended", 30],
  "3dnow": ["extended", 31],
} as const satisfies Record<string, readonly [FeatureWord, number]>;

/** A bit of CPUID, or CPUID itself. */
export type CpuFeature = keyof typeof BITS | "cpuid";

export function isCpuFeature(name: string): name is CpuFeature {
  return name === "cpuid" || Object.hasOwn(BITS, name);
}

/** One of CPUID's words with the bits of `features` set. */
export function featureBits(features: ReadonlySet<CpuFeature>, word: FeatureWord): number {
  let bits = 0;
  for (const feature of features) {
    if (feature === "cpuid" || BITS[feature][0] !== word) continue;
    bits |= 1 << BITS[feature][1];
  }
  return bits >>> 0;
}

/** What this CPU can do. A model has no more than this, whatever its makers sold. */
export const IMPLEMENTED: ReadonlySet<CpuFeature> = new Set<CpuFeature>([
  ...([
    "cpuid",
    "fpu",
    "vme",
    "de",
    "pse",
    "tsc",
    "msr",
    "pae",
    "mce",
    "cx8",
    "apic",
    "sep",
    "mtrr",
    "pge",
    "mca",
    "cmov",
    "pat",
    "pse36",
    "mmx",
    "fxsr",
    "sse",
    "sse2",
    "clflush",
    "pni",
    "ssse3",
    "sse4_1",
    "sse4_2",
    "popcnt",
    "3dnow",
    "3dnowext",
    "nx",
  ] as const),
]);
