// All directives by name. Each group has a file of its own.

import type { Assembler } from "./assembler.ts";
import { CALL_FRAME_DIRECTIVES } from "./cfi.ts";
import { CONTROL_DIRECTIVES } from "./directives-control.ts";
import { DATA_DIRECTIVES } from "./directives-data.ts";
import { SYMBOL_DIRECTIVES } from "./directives-symbols.ts";
import type { Position } from "./error.ts";
import type { Tokens } from "./tokens.ts";

/** Carries out one directive; `tokens` stands after its name. */
export type Directive = (assembler: Assembler, tokens: Tokens, position: Position, name: string) => void;

export const DIRECTIVES: ReadonlyMap<string, Directive> = new Map([
  ...Object.entries(DATA_DIRECTIVES),
  ...Object.entries(SYMBOL_DIRECTIVES),
  ...Object.entries(CONTROL_DIRECTIVES),
  ...Object.entries(CALL_FRAME_DIRECTIVES),
]);
