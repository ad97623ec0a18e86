// Linker scripts as a tree. The parser is script-parser.ts. Reference: the GNU linker manual, chapter "Linker Scripts".

export interface Script {
  entry: string | undefined;
  /** OUTPUT(name). */
  output: string | undefined;
  /** OUTPUT_FORMAT names the bare bytes instead of ELF. */
  binary: boolean;
  searchDirectories: string[];
  /** INPUT, GROUP and STARTUP, in order. */
  inputs: ScriptInput[];
  /** EXTERN: names to be looked for in archives. */
  externs: string[];
  regions: MemoryRegion[];
  /** Undefined: the linker makes program headers as it sees fit. */
  programHeaders: ProgramHeaderStatement[] | undefined;
  hasSections: boolean;
  statements: Statement[];
  /** INSERT: what is put into the default script. */
  insertions: Insertion[];
  /** Statements of these that stand in `statements` by now: they are asked first which inputs they want. */
  inserted: ReadonlySet<Statement>;
}

export interface Insertion {
  after: boolean;
  /** The output section before or after which the statements go. */
  section: string;
  statements: Statement[];
  where: string;
}

/** A file, "-lname", or a group of them that is searched until nothing new turns up. */
export type ScriptInput = { kind: "file"; name: string } | { kind: "group"; files: string[] };

export interface MemoryRegion {
  name: string;
  /** Attributes of sections that go here without being told to: some of "rwxail", "!" inverts. */
  attributes: string;
  origin: ScriptExpression;
  length: ScriptExpression;
  where: string;
}

export interface ProgramHeaderStatement {
  name: string;
  type: ScriptExpression;
  fileHeader: boolean;
  programHeaders: boolean;
  address: ScriptExpression | undefined;
  flags: ScriptExpression | undefined;
  where: string;
}

/** Outside output sections, in order. */
export type Statement = Assignment | Assertion | OutputSectionStatement;

export interface Assignment {
  kind: "assignment";
  /** A symbol, or "." for the location counter. */
  name: string;
  /** "=" or the operator of `+=` and the like. */
  operator: string;
  value: ScriptExpression;
  /** Defined only if someone refers to it and nobody else defines it. */
  provide: boolean;
  hidden: boolean;
  where: string;
}

export interface Assertion {
  kind: "assert";
  condition: ScriptExpression;
  message: string;
  where: string;
}

export interface OutputSectionStatement {
  kind: "section";
  name: string;
  address: ScriptExpression | undefined;
  loadAddress: ScriptExpression | undefined;
  align: ScriptExpression | undefined;
  subAlign: ScriptExpression | undefined;
  /** (NOLOAD): has addresses but no contents in the file. (INFO) and its like: contents, but takes no memory. */
  type: "" | "noload" | "info";
  /** ONLY_IF_RO, ONLY_IF_RW: the section is made only of inputs that are all, or not all, read-only. */
  only: "" | "ro" | "rw";
  contents: SectionContent[];
  /** `> REGION` and `AT> REGION`. */
  region: string | undefined;
  loadRegion: string | undefined;
  /** `:name`; what follows without any goes where the section before went. */
  programHeaders: string[];
  fill: Fill | undefined;
  /** The OVERLAY that it is part of, whose sections share their addresses: where that stands; "" when it is in none. */
  overlay: string;
  /** Of the last section of an overlay: where the location counter goes on. */
  end: ScriptExpression | undefined;
  where: string;
}

/** A hexadecimal number is a pattern of as many bytes as it has digits for; any other value is four bytes. */
export interface Fill {
  value: ScriptExpression;
  bytes: number[] | undefined;
}

export type SectionContent =
  | Assignment
  | Assertion
  | InputPattern
  | { kind: "data"; size: 1 | 2 | 4 | 8; value: ScriptExpression; where: string }
  | { kind: "fill"; fill: Fill; where: string };

export type SortKey = "name" | "alignment" | "priority";

/** `file(section section)`: which input sections go here. */
export interface InputPattern {
  kind: "input";
  file: string;
  excludedFiles: string[];
  sections: SectionPattern[];
  /** Not to be collected as garbage. */
  keep: boolean;
}

export interface SectionPattern {
  pattern: string;
  excludedFiles: string[];
  /** The most important one first. */
  sort: SortKey[];
}

export type ScriptExpression =
  | { kind: "number"; value: number }
  | { kind: "symbol"; name: string; where: string }
  | { kind: "unary"; operator: string; operand: ScriptExpression }
  | { kind: "binary"; operator: string; left: ScriptExpression; right: ScriptExpression; where: string }
  | { kind: "choice"; condition: ScriptExpression; yes: ScriptExpression; no: ScriptExpression }
  | { kind: "assert"; condition: ScriptExpression; message: string; where: string }
  /** ALIGN, ADDR, SIZEOF …; `name` is the section or symbol that some of them take. */
  | { kind: "call"; function: string; name: string; arguments: ScriptExpression[]; where: string };
