// What build.mjs and the benchmarks call.

export { readObject } from "../../formats/elf32-object.ts";
export { assembleFile } from "../../toolchain/build/flat.ts";
export { compileTypeScript } from "../../toolchain/build/typescript.ts";
export { link } from "../../toolchain/link/index.ts";
export { compileWasm } from "../../toolchain/native/index.ts";
export { buildBios, buildCore, buildLoader } from "./artefacts.ts";
export { buildProject } from "./command.ts";
export { diskTree } from "./disk-tree.ts";
export { buildPrograms } from "./programs.ts";
