// The sections that the assembler writes of itself when layout is done: call frames and the compiler's line table.

import * as elf from "../../formats/elf32.ts";
import type { ObjectSection } from "../../formats/elf32-object.ts";
import type { Assembler } from "./assembler.ts";
import { type FrameField, writeFrames } from "./call-frames.ts";
import type { Position } from "./error.ts";
import type { Expression } from "./expression.ts";
import { writeLineProgram } from "./line-program.ts";
import type { DataFixup, Location, Section } from "./section.ts";

/** A field behind what the source put into the section. */
export interface Appended {
  section: Section;
  fixup: DataFixup;
}

export class DebugSections {
  private readonly frameSections: Section[] = [];
  private readonly lines: Section | undefined;
  private readonly strings: Section | undefined;
  private readonly position: Position;

  /** Makes the sections that there will be, before layout. */
  constructor(private readonly assembler: Assembler) {
    const { callFrames, lineMarks } = assembler;
    this.position = { file: assembler.options.file, line: 1, column: 1 };
    if (lineMarks.files.length > 0) {
      this.lines = assembler.sectionNamed(".debug_line");
      if (lineMarks.isVersion5)
        this.strings = assembler.sectionNamed(".debug_line_str", {
          flags: elf.SHF_MERGE | elf.SHF_STRINGS,
          entrySize: 1,
        });
    }
    if (callFrames.frames.length === 0) return;
    for (const name of callFrames.sections) {
      const section = assembler.sectionNamed(name, { flags: name === ".eh_frame" ? elf.SHF_ALLOC : 0 });
      section.align = Math.max(section.align, 4);
      this.frameSections.push(section);
    }
  }

  /** Writes them; what needs the linker comes back. */
  append(objects: ReadonlyMap<Section, ObjectSection>): Appended[] {
    return [...this.frameSections.flatMap((section) => this.frames(section, objects)), ...this.lineTable(objects)];
  }

  private frames(section: Section, objects: ReadonlyMap<Section, ObjectSection>): Appended[] {
    const { bytes, fields } = writeFrames(this.assembler.callFrames.frames, section.name === ".eh_frame");
    const start = appendBytes(objects.get(section), bytes);
    return fields.map((field) => ({
      section,
      fixup: this.fixup(start + field.offset, this.target(field, section), field.relative),
    }));
  }

  private target({ target }: FrameField, section: Section): Expression {
    if ("expression" in target) return target.expression;
    if ("location" in target) return this.place(target.location);
    return this.sum(this.place(startOf(section, this.position)), target.here);
  }

  private lineTable(objects: ReadonlyMap<Section, ObjectSection>): Appended[] {
    const { lines, strings } = this;
    if (!lines) return [];
    const program = writeLineProgram(this.assembler.lineMarks, strings?.size ?? 0);
    const start = appendBytes(objects.get(lines), program.bytes);
    if (strings) appendBytes(objects.get(strings), program.strings);
    return program.fields.flatMap(({ offset, value, section }) => {
      const target = section === "strings" ? strings : section;
      if (!target) return [];
      const expression = this.place(startOf(target, this.position));
      return [
        { section: lines, fixup: { ...this.fixup(start + offset, expression, false), addend: value, whole: true } },
      ];
    });
  }

  private fixup(offset: number, expression: Expression, relative: boolean): DataFixup {
    const kind = relative ? "relative" : "absolute";
    return { offset, size: 4, kind, expression, addend: 0, call: false, position: this.position };
  }

  private place(location: Location): Expression {
    const symbol = this.assembler.symbols.labelAt(location, this.position);
    return { kind: "symbol", symbol, position: this.position };
  }

  private sum(left: Expression, constant: number): Expression {
    const right: Expression = { kind: "number", value: BigInt(constant) };
    return { kind: "binary", operator: "+", left, right, position: this.position };
  }
}

function startOf(section: Section, position: Position): Location {
  const first = section.fragments[0] ?? section.here(position).fragment;
  return { section, fragment: first, offset: 0 };
}

/** Returns where the bytes start. */
function appendBytes(object: ObjectSection | undefined, bytes: Uint8Array): number {
  if (!object || !(object.data instanceof Uint8Array)) return 0;
  const start = object.data.length;
  const data = new Uint8Array(start + bytes.length);
  data.set(object.data);
  data.set(bytes, start);
  object.data = data;
  return start;
}
