// The middle form: a function as basic blocks of values in static single assignment. Every value is one 32-bit word; an
// i64 of WebAssembly is two values from the start (long.ts), so nothing after construction knows 64 bits. An f32 is its bits in
// one word, an f64 in two (floats.ts).

/** Operations. Where two words result, the value is the first and a `high` of it the second. */
export type Op =
  | "const" // imm
  | "param" // imm: index of the argument word
  | "phi"
  | "high" // second result of args[0]
  | "add"
  | "sub"
  | "mul"
  | "and"
  | "or"
  | "xor"
  | "shl"
  | "shr"
  | "sar"
  | "rotl"
  | "rotr"
  | "clz"
  | "ctz"
  | "extend8"
  | "extend16"
  | "divs"
  | "divu" // quotient, high: remainder
  | "mulu"
  | "muls" // low, high word of the product
  | "eq"
  | "ne"
  | "lts"
  | "ltu"
  | "les"
  | "leu"
  | "gts"
  | "gtu"
  | "ges"
  | "geu"
  | "add64"
  | "sub64" // alow ahigh blow bhigh → low, high
  | "lts64"
  | "ltu64" // alow ahigh blow bhigh → 0 or 1
  | "divu64" // low high divisor → quotient, remainder; high < divisor
  | "shld" // high low count → (high:low << count) >> 32
  | "shrd" // low high count → low word of high:low >> count
  | "select" // condition, if not 0, if 0
  | "load"
  | "load8u"
  | "load8s"
  | "load16u"
  | "load16s" // address; imm: offset
  | "store"
  | "store8"
  | "store16" // address value; imm: offset
  | "float" // symbol: an instruction with a float result; args: the words of its operands; f64: the high word is a `high`
  | "compareFloat" // symbol: the instruction; → 0 or 1
  | "storeFloat" // address, one word (f32) or two (f64); imm: offset
  | "global"
  | "setGlobal" // imm: index of the global × 2 + word
  | "call" // imm: function index; args: argument words
  | "callIndirect" // imm: number of argument words; args: table index, argument words
  | "helper" // symbol; args: argument words
  | "cpu"; // symbol: the intrinsic

export class Value {
  /** Where it stands; constants stand nowhere. */
  block: Block | undefined;
  /** Name of the helper, the intrinsic or the float instruction; of a call: the type of its result, when it is a float. */
  symbol = "";
  /** Must stay though nobody uses it: a load that the program dropped on purpose. */
  keep = false;

  constructor(
    readonly id: number,
    readonly op: Op,
    readonly args: Value[],
    readonly imm: number,
    /** Offset of the instruction in the module, for the line table; -1 for none. */
    readonly at: number,
  ) {}
}

export type Terminator =
  | { kind: "jump"; target: Block }
  | { kind: "branch"; condition: Value; yes: Block; no: Block }
  | { kind: "switch"; index: Value; targets: Block[]; fallback: Block }
  | { kind: "return"; values: Value[] }
  | { kind: "unreachable" };

export class Block {
  readonly phis: Value[] = [];
  values: Value[] = [];
  /** Each predecessor once; the arguments of the phis are in this order. */
  predecessors: Block[] = [];
  terminator: Terminator = { kind: "unreachable" };
  /** Offset of the terminator in the module. */
  at = -1;
  /** Number of loops around it. */
  depth = 0;
  /** How often it runs for one run of the function, guessed. */
  frequency = 1;
  /** Position in the function's order. */
  order = -1;
  dominator: Block | undefined;

  constructor(readonly id: number) {}
}

export interface SsaFunction {
  name: string;
  /** Argument words that the caller pushes. */
  parameterWords: number;
  resultWords: number;
  /** The result is a float: returned in st(0). */
  returnsFloat: boolean;
  entry: Block;
  /** Reverse postorder, once optimise/order.ts ran. */
  blocks: Block[];
  constants: Map<number, Value>;
  valueCount: number;
}

export function successors(block: Block): Block[] {
  const { terminator } = block;
  switch (terminator.kind) {
    case "jump":
      return [terminator.target];
    case "branch":
      return [terminator.yes, terminator.no];
    case "switch":
      return [...new Set([...terminator.targets, terminator.fallback])];
    default:
      return [];
  }
}

/** The values that a terminator reads. */
export function terminatorValues(terminator: Terminator): Value[] {
  switch (terminator.kind) {
    case "branch":
      return [terminator.condition];
    case "switch":
      return [terminator.index];
    case "return":
      return terminator.values;
    default:
      return [];
  }
}

/** Makes every edge to `from` that leaves `block` go to `to`. Predecessor lists are the caller's business. */
export function retarget(block: Block, from: Block, to: Block): void {
  const { terminator } = block;
  const move = (target: Block): Block => (target === from ? to : target);
  if (terminator.kind === "jump") terminator.target = move(terminator.target);
  else if (terminator.kind === "branch") {
    terminator.yes = move(terminator.yes);
    terminator.no = move(terminator.no);
  } else if (terminator.kind === "switch") {
    terminator.targets = terminator.targets.map(move);
    terminator.fallback = move(terminator.fallback);
  }
}

/** What a value does beside computing: nothing, read memory or globals, or change (or wait for) something. */
export function effect(value: Value): "none" | "read" | "write" {
  switch (value.op) {
    case "load":
    case "load8u":
    case "load8s":
    case "load16u":
    case "load16s":
    case "global":
      return "read";
    case "store":
    case "store8":
    case "store16":
    case "storeFloat":
    case "setGlobal":
    case "call":
    case "callIndirect":
    case "helper":
    case "cpu":
      return "write";
    default:
      return "none";
  }
}

/** Whether the value can go when nobody uses it. */
export function isRemovable(value: Value): boolean {
  if (value.keep) return false;
  if (value.op === "divs" || value.op === "divu" || value.op === "divu64") {
    const divisor = value.args[value.args.length - 1];
    return divisor.op === "const" && divisor.imm !== 0 && divisor.imm !== -1;
  }
  return effect(value) !== "write";
}

export function isCompare(op: Op): boolean {
  return op in INVERSE;
}

/** The comparison that is true when the other is false. */
export const INVERSE: Partial<Record<Op, Op>> = {
  eq: "ne",
  ne: "eq",
  lts: "ges",
  ges: "lts",
  ltu: "geu",
  geu: "ltu",
  les: "gts",
  gts: "les",
  leu: "gtu",
  gtu: "leu",
};

/** The comparison with its operands swapped. */
export const SWAPPED: Partial<Record<Op, Op>> = {
  eq: "eq",
  ne: "ne",
  lts: "gts",
  gts: "lts",
  ltu: "gtu",
  gtu: "ltu",
  les: "ges",
  ges: "les",
  leu: "geu",
  geu: "leu",
};
