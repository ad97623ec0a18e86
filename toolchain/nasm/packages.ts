// The macro packages that `%use` brings in.
// Source: the NASM manual, chapter 6.

const GENERAL = ["ax", "cx", "dx", "bx", "sp", "bp", "si", "di"];
const LOW = ["al", "cl", "dl", "bl"];
const HIGH = ["ah", "ch", "dh", "bh"];

/** Registers by numbers: r0d is EAX, r0w AX, r0l (r0b) AL, r0h AH. */
const ALTREG = [
  ...GENERAL.flatMap((name, i) => [`%idefine r${i}d e${name}`, `%idefine r${i}w ${name}`]),
  ...LOW.flatMap((name, i) => [`%idefine r${i}l ${name}`, `%idefine r${i}b ${name}`]),
  ...HIGH.map((name, i) => `%idefine r${i}h ${name}`),
].join("\n");

const FLOATS = [
  "float8",
  "float16",
  "bfloat16",
  "float32",
  "float64",
  "float80m",
  "float80e",
  "float128l",
  "float128h",
];

/** Short names for special numbers and for numbers' bits. */
const FP = [
  "%define Inf __?Infinity?__",
  ...["NaN", "QNaN", "SNaN"].map((name) => `%define ${name} __?${name}?__`),
  ...FLOATS.map((name) => `%define ${name}(x) __?${name}?__(x)`),
].join("\n");

/** Logarithms to base 2. */
const IFUNC = ["ilog2", "ilog2e", "ilog2w", "ilog2f", "ilog2c"]
  .map((name) => `%define ${name}(x) __?${name === "ilog2" ? "ilog2e" : name}?__(x)`)
  .join("\n");

export const PACKAGES: ReadonlyMap<string, string> = new Map([
  ["altreg", ALTREG],
  ["fp", FP],
  ["ifunc", IFUNC],
]);
