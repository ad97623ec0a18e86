// What the page and the language worker say to each other: a question with the person's edits, an answer of the same number.

import type { Edits } from "../toolchain/files.ts";
import type { Definition, Hover, TextChange } from "./service.ts";

export interface LanguageQuestion {
  id: number;
  ask: "definitions" | "hover" | "format";
  path: string;
  /** UTF-16 units from the file's start; format does not look at it. */
  offset: number;
  edits: Edits;
}

export interface LanguageAnswer {
  id: number;
  definitions?: Definition[];
  hover?: Hover;
  changes?: TextChange[];
  /** The service failed: a defect of ours. */
  failure?: string;
}
