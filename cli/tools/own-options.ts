// The tools whose options are GNU's or NASM's, which commander cannot read: each reads its own. One line a tool.

import packageJson from "../../package.json" with { type: "json" };
import type { Io } from "../io.ts";

interface Tool {
  name: string;
  summary: string;
  /** @returns the exit status */
  run: (io: Io, args: readonly string[]) => Promise<number>;
}

/** The code is loaded only when the tool is called. */
export const OWN_OPTION_TOOLS: readonly Tool[] = [
  {
    name: "as",
    summary: "assemble GNU-syntax source to an ELF object (as --help)",
    run: async (io, args) => (await import("./as.ts")).as(io, args),
  },
  {
    name: "cc",
    summary: "compile TypeScript to an i386 ELF object or program (cc --help)",
    run: async (io, args) => (await import("./cc.ts")).cc(io, args),
  },
  {
    name: "ld",
    summary: "link ELF objects and archives (ld --help)",
    run: async (io, args) => (await import("./ld.ts")).ld(io, args, packageJson.version),
  },
  {
    name: "nasm",
    summary: "assemble NASM-syntax source to a flat binary or an ELF object (nasm -h)",
    run: async (io, args) => (await import("./nasm.ts")).nasm(io, args),
  },
];
