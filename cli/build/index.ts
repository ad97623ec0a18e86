// What build.mjs calls.

export { buildBios, buildCore } from "./artefacts.ts";
export { buildProject } from "./command.ts";
