// The core's own code as the compiler reads it: the dispatch loop, and the functions that it calls. The built core carries a copy
// of itself in a custom section and exports every function and variable, so that compiled code can call what it does not copy.

import { type Body, decodeBody, type WasmInstruction } from "../../../formats/wasm/decode.ts";
import { WasmError } from "../../../formats/wasm/error.ts";
import type { FunctionType, WasmFunction, WasmModule } from "../../../formats/wasm/module.ts";
import { OPCODES } from "../../../formats/wasm/opcodes.ts";
import { readModule } from "../../../formats/wasm/read.ts";

/** The custom section's name, and what exports are called: `f12`, `g3`. */
export const SECTION = "semantics";
export const exportedFunction = (index: number): string => `f${index}`;
export const exportedGlobal = (index: number): string => `g${index}`;

/** The export of the dispatch loop: a function of a record's address. */
const DISPATCH = "dispatch";
/** Exports of functions that are called often: compiled code does not leave them to the interpreter. */
const FREQUENT = ["findBlock", "proceed"];
/** Exports of functions that are called seldom: left to the interpreter, however small they are. */
const RARE = ["branchSlow"];

const CODES = new Map([...OPCODES].map(([code, { name }]) => [name, code]));

/** A function that only calls another. */
const LONGEST_FORWARDER = 8;
const isCall = ({ opcode }: WasmInstruction): boolean => opcode.name === "call";

/** Where a micro-op's code starts in the dispatch function, and the blocks around it, outermost first. */
export interface Entry {
  at: number;
  blocks: readonly number[];
}

export interface Code {
  body: Body;
  /** By instruction: its opcode in the binary format. */
  codes: Uint16Array;
  type: FunctionType;
  hasLoop: boolean;
}

export class SemanticsError extends Error {
  override readonly name = "SemanticsError";
}

export class Semantics {
  readonly module: WasmModule;
  readonly dispatch: Code;
  /** Numbers of the functions that are worth a call from compiled code even where it is not certain. */
  readonly frequent: ReadonlySet<number>;
  readonly rare: ReadonlySet<number>;
  /** In the dispatch function: the loop that every micro-op returns to. */
  readonly loop: number;
  /** The blocks around it, outermost first: behind them stands what several micro-ops end with. */
  readonly around: readonly number[];
  /** By micro-op. */
  readonly entries: readonly Entry[];
  private readonly decoded = new Map<number, Code | undefined>();

  /** @throws SemanticsError if the core was not prepared by `withSemantics`, or its dispatch loop has another shape */
  constructor(core: WebAssembly.Module) {
    const [bytes] = WebAssembly.Module.customSections(core, SECTION);
    if (bytes === undefined) throw new SemanticsError(`core.wasm: expected a section "${SECTION}", found none`);
    this.module = readModule(new Uint8Array(bytes), "core.wasm");
    const code = this.code(this.exported(DISPATCH));
    this.frequent = new Set(FREQUENT.map((name) => this.exported(name)));
    this.rare = new Set(RARE.map((name) => this.exported(name)));
    const loop = code?.body.instructions.findIndex(({ opcode }) => opcode.name === "loop") ?? -1;
    if (!code || loop < 0) throw new SemanticsError("core.wasm: the dispatch function has no loop");
    this.dispatch = code;
    this.loop = loop;
    this.around = findAround(code, loop);
    this.entries = findEntries(code, loop);
  }

  /** The function that an export is, or that does what it does. */
  private exported(name: string): number {
    let index = this.module.exports.find((entry) => entry.name === name)?.index;
    if (index === undefined) throw new SemanticsError(`core.wasm: expected an export "${name}", found none`);
    for (;;) {
      const calls: WasmInstruction[] = this.code(index)?.body.instructions.filter(isCall) ?? [];
      const short = (this.code(index)?.codes.length ?? 0) <= LONGEST_FORWARDER;
      if (calls.length !== 1 || !short) return index;
      index = calls[0].value;
    }
  }

  /** A function's code, or undefined for one that can only be called: an import, or one with instructions that are not copied (SIMD). */
  code(index: number): Code | undefined {
    if (this.decoded.has(index)) return this.decoded.get(index);
    const f = this.module.functions[index];
    let code: Code | undefined;
    const body = f?.body && this.decode(f);
    if (body) {
      const codes = Uint16Array.from(body.instructions, ({ opcode }) => CODES.get(opcode.name) ?? 0);
      // Both forms of select have the same name.
      code = { body, codes, type: f.type, hasLoop: codes.includes(0x03) };
    }
    this.decoded.set(index, code);
    return code;
  }

  private decode(f: WasmFunction): Body | undefined {
    try {
      return decodeBody(this.module, f);
    } catch (error) {
      if (error instanceof WasmError) return undefined;
      throw error;
    }
  }
}

function findAround(code: Code, loop: number): number[] {
  const { instructions } = code.body;
  const around: number[] = [];
  for (let at = 0; at < loop; at++) {
    const { name } = instructions[at].opcode;
    if (name === "block" || name === "if") around.push(at);
    else if (name === "end") around.pop();
  }
  if (around.some((at) => instructions[at].opcode.name !== "block"))
    throw new SemanticsError("core.wasm: the dispatch loop stands in something else than blocks");
  return around;
}

/** Follows the loop's start, which is nothing but the blocks of a jump table on the record's number. */
function findEntries(code: Code, loop: number): Entry[] {
  const { instructions } = code.body;
  const blocks: number[] = [];
  let at = loop + 1;
  for (; instructions[at].opcode.name === "block"; at++) blocks.push(at);
  const [record, load, table] = instructions.slice(at, at + 3);
  const is = (instruction: WasmInstruction | undefined, name: string): instruction is WasmInstruction =>
    instruction?.opcode.name === name;
  if (!is(record, "local.get") || record.value !== 0 || !is(load, "i32.load16_u") || !is(table, "br_table"))
    throw new SemanticsError("core.wasm: the dispatch loop does not start with a jump table on its record's number");
  return table.labels.slice(0, -1).map((depth) => {
    const target = blocks.length - 1 - depth;
    return { at: instructions[blocks[target]].end + 1, blocks: blocks.slice(0, target) };
  });
}
