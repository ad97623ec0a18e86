// The second engine: blocks that are entered often become WebAssembly functions, one module each. A compiled block's first record
// is COMPILED with the function's place in the core's table; whatever throws the block away overwrites that record, and the place
// is found free at the next round.

import { DST, OP } from "../core/layout.ts";
import { Op } from "../core/ops.ts";
import { encodeModule } from "./encode.ts";
import { Records } from "./records.ts";
import { Semantics } from "./semantics.ts";
import { specialise } from "./specialise.ts";

const FIRST_PLACES = 256;

export interface CompilerStatistics {
  /** Blocks compiled so far, bytes of WebAssembly made of them, and milliseconds that took. */
  compiled: number;
  bytes: number;
  milliseconds: number;
  /** Places in the table that hold a function. */
  kept: number;
}

export class Compiler {
  readonly table = new WebAssembly.Table({ element: "anyfunc", initial: FIRST_PLACES });
  readonly statistics: CompilerStatistics = { compiled: 0, bytes: 0, milliseconds: 0, kept: 0 };
  private readonly semantics: Semantics;
  private readonly records: Records;
  private readonly words: Int32Array;
  private core: WebAssembly.Exports = {};
  /** By place in the table: the block. Place 0 stays empty. */
  private readonly blocks: number[] = [0];
  private readonly free: number[] = [];

  constructor(
    module: WebAssembly.Module,
    private readonly memory: WebAssembly.Memory,
  ) {
    this.semantics = semanticsOf(module);
    this.records = new Records(memory.buffer);
    this.words = new Int32Array(memory.buffer);
  }

  /** The instance that compiled code belongs to. */
  connect(core: WebAssembly.Exports): void {
    this.core = core;
  }

  /** Makes a function of the block; its first record says COMPILED from now on. */
  compile(block: number): void {
    const start = performance.now();
    const bytes = encodeModule(this.semantics, specialise(this.semantics, this.records, block));
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.memory }, core: this.core });
    const place = this.place();
    this.table.set(place, exports["run"]);
    this.blocks[place] = block;
    this.words[(block + DST) >> 2] = place;
    this.words[(block + OP) >> 2] = (this.words[(block + OP) >> 2] & ~0xffff) | Op.COMPILED;
    this.statistics.compiled++;
    this.statistics.kept++;
    this.statistics.bytes += bytes.length;
    this.statistics.milliseconds += performance.now() - start;
  }

  private place(): number {
    if (this.free.length === 0 && this.blocks.length === this.table.length) {
      this.sweep();
      // At least a quarter is free from now on, so that sweeping stays cheap.
      if (this.free.length < this.table.length / 4) this.table.grow(this.table.length);
    }
    return this.free.pop() ?? this.blocks.length;
  }

  /** Lets go of the functions whose blocks were thrown away. */
  private sweep(): void {
    for (let place = 1; place < this.blocks.length; place++) {
      const block = this.blocks[place];
      if (block === 0 || this.isLive(block, place)) continue;
      this.table.set(place, null);
      this.blocks[place] = 0;
      this.free.push(place);
      this.statistics.kept--;
    }
  }

  private isLive(block: number, place: number): boolean {
    return (this.words[(block + OP) >> 2] & 0xffff) === Op.COMPILED && this.words[(block + DST) >> 2] === place;
  }
}

const PREPARED = new WeakMap<WebAssembly.Module, Semantics>();

/** The core's functions are read once for each module, however many processors it has. */
function semanticsOf(module: WebAssembly.Module): Semantics {
  let semantics = PREPARED.get(module);
  if (semantics === undefined) {
    semantics = new Semantics(module);
    PREPARED.set(module, semantics);
  }
  return semantics;
}
