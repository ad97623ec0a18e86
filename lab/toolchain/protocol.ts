// What the page and the toolchain worker say to each other. One request at a time is under way for each id.

import type { BuildResult } from "./builder.ts";
import type { Edits } from "./files.ts";

export type ToolchainRequest = {
  type: "build";
  id: number;
  /** The project's folder. */
  folder: string;
  edits: Edits;
};

export type ToolchainReply =
  /** The compiler is loaded: the first build will not wait for it. */
  | { type: "ready" }
  | { type: "progress"; id: number; stage: string }
  | { type: "built"; id: number; result: BuildResult }
  /** The toolchain itself failed: a defect of ours. */
  | { type: "failed"; id: number; message: string };
