// `.struct` and `.offset`: a section that is nowhere, whose labels are numbers. What is put there only moves its counter.

import { SHT_NOBITS } from "../../formats/elf32.ts";
import { AssemblerError, type Position } from "./error.ts";
import { constantOf, type Expression } from "./expression.ts";
import { type DataFragment, type NewFragment, Section } from "./section.ts";

export class AbsoluteSection extends Section {
  constructor(public counter: bigint) {
    super("*ABS*", SHT_NOBITS, 0, 0, true);
  }

  override put(_size: number, position: Position): { fragment: DataFragment; offset: number; bytes: Uint8Array } {
    throw new AssemblerError(
      position,
      "only space can be reserved after .struct: there is no section to put bytes into",
    );
  }

  override reserve(size: number, position: Position): void {
    this.checkSize(size, position);
    this.counter += BigInt(size);
  }

  override add(fragment: NewFragment): void {
    const { position } = fragment;
    if (fragment.kind === "align") {
      const gap = BigInt.asUintN(32, -this.counter) & BigInt(fragment.alignment - 1);
      if (fragment.maximum === 0 || gap <= BigInt(fragment.maximum)) this.counter += gap;
    } else if (fragment.kind === "org") this.counter = this.known(fragment.target, position);
    else if (fragment.kind === "fill")
      this.counter += this.known(fragment.count, position) * BigInt(fragment.pattern.length);
    else this.put(0, position);
  }

  private known(expression: Expression, position: Position): bigint {
    const value = constantOf(expression, "now");
    if (value === undefined) throw new AssemblerError(position, "constant that is known here expected after .struct");
    return value;
  }
}
