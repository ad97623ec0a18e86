// `.file N` and `.loc`: the line table that a compiler dictates. line-program.ts writes it down.
// Source: DWARF 5, section 6.2.

import type { Assembler } from "./assembler.ts";
import type { Directive } from "./directives.ts";
import { parseConstant, parseString } from "./directives-data.ts";
import { AssemblerError, type Position } from "./error.ts";
import { type Location, offsetOf, type Section } from "./section.ts";
import type { Tokens } from "./tokens.ts";

/** One row of the table. */
export interface LineMark {
  file: number;
  line: number;
  column: number;
  isStatement: boolean;
  basicBlock: boolean;
  prologueEnd: boolean;
  epilogueBegin: boolean;
  isa: number;
  discriminator: number;
  /** The row before it in the same section; `resetView`: what it says about views counts from here. */
  previous: LineMark | undefined;
  resetView: boolean;
  /** Where the next instruction stands, once there is one. */
  location: Location | undefined;
}

export interface MarkedFile {
  name: string;
  directory: number;
  md5: string | undefined;
}

/** What views count: how many rows before this one are for the same address. */
export function viewOf(mark: LineMark): number {
  let count = 0;
  for (let at = mark; at.previous && !at.resetView; at = at.previous) {
    const [here, before] = [at.location, at.previous.location];
    if (!here || !before || offsetOf(here) !== offsetOf(before)) break;
    count++;
  }
  return count;
}

export class LineMarks {
  /** By number; directory 0 is where the compiler ran. */
  readonly files: (MarkedFile | undefined)[] = [];
  readonly directories: string[] = [];
  /** `.file 0`, or the size of a digest, exists in DWARF 5 only. */
  isVersion5 = false;
  /** Those with rows, in the order of their first. */
  readonly sections = new Set<Section>();
  /** Whether a `.loc` was seen at all. */
  used = false;
  private isStatement = true;
  private isa = 0;
  private pending: LineMark | undefined;

  /** Rows that wait for an instruction get their place. */
  settle(assembler: Assembler, position: Position): void {
    const mark = this.pending;
    if (!mark) return;
    const { section } = assembler;
    mark.location = section.here(position);
    mark.previous = section.marks.at(-1);
    section.marks.push(mark);
    this.sections.add(section);
    this.pending = undefined;
  }

  addFile(number: number, directory: string | undefined, path: string, md5: string | undefined): void {
    if (number === 0 || md5 !== undefined) this.isVersion5 = true;
    // File 0 says where the compiler ran, and its own path may lead elsewhere.
    if (number === 0 && directory !== undefined) this.directories[0] = directory;
    const split = number === 0 || directory === undefined;
    const slash = split ? path.lastIndexOf("/") : -1;
    const folder = split ? (slash === 0 ? "/" : path.slice(0, Math.max(slash, 0))) : (directory ?? "");
    this.files[number] = { name: path.slice(slash + 1), directory: this.directory(folder), md5 };
  }

  private directory(name: string): number {
    if (name === "") return 0;
    const known = this.directories.indexOf(name);
    if (known >= 0) return known;
    const index = Math.max(1, this.directories.length);
    this.directories[index] = name;
    return index;
  }

  mark(assembler: Assembler, tokens: Tokens, position: Position): void {
    this.settle(assembler, position);
    this.used = true;
    const number = (what: string, lowest = 0n) => Number(parseConstant(assembler, tokens, what, lowest, 0xffffffffn));
    const file = number("file number");
    if (!this.files[file]) throw new AssemblerError(position, `no .file ${file} before this`);
    const mark: LineMark = {
      file,
      line: number("line"),
      column: tokens.peek().kind === "number" ? number("column") : 0,
      isStatement: this.isStatement,
      basicBlock: false,
      prologueEnd: false,
      epilogueBegin: false,
      isa: this.isa,
      discriminator: 0,
      previous: undefined,
      resetView: false,
      location: undefined,
    };
    let viewed = false;
    while (!tokens.atEnd()) {
      const word = tokens.name("option of .loc");
      if (word === "basic_block") mark.basicBlock = true;
      else if (word === "prologue_end") mark.prologueEnd = true;
      else if (word === "epilogue_begin") mark.epilogueBegin = true;
      else if (word === "is_stmt") mark.isStatement = number("0 or 1") !== 0;
      else if (word === "isa") mark.isa = number("instruction set");
      else if (word === "discriminator") mark.discriminator = number("discriminator");
      else if (word === "view") {
        this.view(assembler, tokens, mark, position);
        viewed = true;
      } else throw new AssemblerError(position, `unknown option of .loc: '${word}'`);
    }
    this.isStatement = mark.isStatement;
    this.isa = mark.isa;
    this.pending = mark;
    // A row that has a view's number stands here, not at the next instruction.
    if (viewed) this.settle(assembler, position);
  }

  /** `view label` gives the view's number a name; `view -0` says that the number is 0. */
  private view(assembler: Assembler, tokens: Tokens, mark: LineMark, position: Position): void {
    if (tokens.take("-") || tokens.peek().kind === "number") {
      parseConstant(assembler, tokens, "view number 0", 0n, 0n);
      mark.resetView = true;
    } else assembler.assign(tokens.name("symbol"), { kind: "view", mark, position }, position);
  }
}

/** `.file "name"`, or `.file number ["directory"] "name" [md5 digest]`. */
export const file: Directive = (assembler, tokens) => {
  if (tokens.peek().kind === "string") {
    assembler.fileSymbol = parseString(tokens, "file name");
    tokens.expectEnd();
    return;
  }
  const number = Number(parseConstant(assembler, tokens, "file number", 0n, 0xffffn));
  const first = parseString(tokens, "file name");
  const second = tokens.peek().kind === "string" ? parseString(tokens, "file name") : undefined;
  let digest: string | undefined;
  if (!tokens.atEnd() && tokens.name("'md5'") === "md5")
    digest =
      /^0x([0-9a-fA-F]{1,32})$/.exec(tokens.rest())?.[1].padStart(32, "0") ??
      tokens.fail("digest of 32 hexadecimal digits expected");
  tokens.expectEnd();
  if (second === undefined) assembler.lineMarks.addFile(number, undefined, first, digest);
  else assembler.lineMarks.addFile(number, first, second, digest);
};
