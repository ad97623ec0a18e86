// Programs that the boot loader brought as modules: how a kernel without a file system runs something. A module is known by
// the last part of the first word of its text, as loaders write a file's name there.

import { O_RDONLY } from "../abi/files.ts";
import { FILE_OPERATIONS_BYTES, File, FileOperations, newFile } from "../fs/file.ts";
import { BootModule, bootModule, bootModuleCount } from "../platform/boot.ts";

const SLASH: u8 = 0x2f;
const BLANK: u8 = 0x20;

const operations = changetype<FileOperations>(memory.data(FILE_OPERATIONS_BYTES, 4));

/** Opens the module of that name for reading; null if there is none, or no memory. */
export function openModule(name: usize): File | null {
  operations.read = readModule;
  operations.size = moduleSize;
  for (let i: u32 = 0; i < bootModuleCount(); i++) {
    const module = bootModule(i);
    if (module.text == 0 || !isNamed(module.text, name)) continue;
    const file = newFile(operations, O_RDONLY);
    if (file !== null) file.node = changetype<usize>(module);
    return file;
  }
  return null;
}

function readModule(file: File, buffer: usize, count: u32): i32 {
  const module = changetype<BootModule>(file.node);
  const bytes = (module.end - module.start) as u64;
  if (file.position >= bytes) return 0;
  const wanted = min<u64>(count, bytes - file.position) as u32;
  memory.copy(buffer, module.start + (file.position as usize), wanted);
  file.position += wanted;
  return wanted as i32;
}

function moduleSize(file: File): i64 {
  const module = changetype<BootModule>(file.node);
  return (module.end - module.start) as i64;
}

function isNamed(text: usize, name: usize): bool {
  let part = text;
  for (let at = text; load<u8>(at) != 0 && load<u8>(at) != BLANK; at++) {
    if (load<u8>(at) == SLASH) part = at + 1;
  }
  let i: usize = 0;
  while (load<u8>(name + i) != 0) {
    if (load<u8>(part + i) != load<u8>(name + i)) return false;
    i++;
  }
  const end = load<u8>(part + i);
  return end == 0 || end == BLANK;
}
