// Where the types of AssemblyScript's own names stand in the shipped tree. A file of its own: who packs the tree needs no compiler.

export const TYPES_FILE = "build/assemblyscript.d.ts";
