// ISO 9660 with Rock Ridge, Joliet and El Torito: a list of files to a CD, and back.

export type { BootEntry, BootImage } from "./el-torito.ts";
export { BLOCK_BYTES, SYSTEM_AREA_BLOCKS } from "./layout.ts";
export { type IsoEntry, type IsoVolume, isIso, readIso } from "./read.ts";
export type { IsoFile } from "./tree.ts";
export { type IsoOptions, type IsoPlan, planIso } from "./write.ts";
