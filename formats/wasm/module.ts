// A WebAssembly module as the compiler sees it. Source: WebAssembly Core Specification 2.0, chapters 2 and 5.

export type ValueType = "i32" | "i64" | "f32" | "f64";

export interface FunctionType {
  parameters: ValueType[];
  results: ValueType[];
}

/** A function of the index space: imported ones first. */
export interface WasmFunction {
  index: number;
  type: FunctionType;
  /** From the name section; otherwise from the import, the export or the index. */
  name: string;
  /** Present when imported. */
  import?: { module: string; name: string };
  /** Present when defined: where the body (locals, then code) lies in the file. */
  body?: { start: number; end: number };
}

export interface WasmGlobal {
  index: number;
  type: ValueType;
  mutable: boolean;
  name: string;
  import?: { module: string; name: string };
  /** The initial value; as two 32-bit words, low first. */
  value: [number, number];
}

export interface ElementSegment {
  offset: number;
  functions: number[];
}

export interface DataSegment {
  /** Linear address. */
  offset: number;
  bytes: Uint8Array;
}

export interface WasmModule {
  /** For error messages. */
  file: string;
  bytes: Uint8Array;
  types: FunctionType[];
  functions: WasmFunction[];
  globals: WasmGlobal[];
  /** Entries of table 0; undefined when the module has none. */
  tableSize: number | undefined;
  /** How large memory is at the start; undefined when the module has none. */
  memoryPages: number | undefined;
  elements: ElementSegment[];
  data: DataSegment[];
  exports: { name: string; kind: "function" | "table" | "memory" | "global"; index: number }[];
  start: number | undefined;
}
