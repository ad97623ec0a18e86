// How the kernel itself starts a program: on the console, as a child of process 0, and waits for its end.

import { ENOMEM } from "../abi/errno.ts";
import { O_RDONLY, O_RDWR, PATH_MAX } from "../abi/files.ts";
import { closeFile, File } from "../fs/file.ts";
import { resolvePath } from "../fs/path.ts";
import { waitForRoot } from "../fs/start.ts";
import { openFile } from "../fs/tree.ts";
import { free, malloc } from "../memory/heap.ts";
import { copyText, textContains } from "../text.ts";
import { openModule } from "./bootModules.ts";
import { kernelProcess, spawnProcess, waitForChild } from "./process.ts";

const SLASH: u8 = 0x2f;

/** What startProgram works with, in the heap: two paths, an open file's address, a status. */
const WORK_BYTES: usize = 2 * (PATH_MAX as usize) + 8;

/**
 * Runs a program on the console until it ends.
 * @param name a path, or a name: then the program is a boot module, or in /bin
 * @param argumentTexts NUL-terminated one after the other, `argumentBytes` in all
 * @param status where the program's status goes (as `wait` stores it)
 * @returns 0, or a negated error number if it could not be started
 */
export function runOnConsole(
  name: usize,
  argumentTexts: usize,
  argumentBytes: u32,
  argumentCount: u32,
  flags: u32,
  status: usize,
): i32 {
  waitForRoot();
  const work = malloc(WORK_BYTES);
  if (work == 0) return -ENOMEM;
  const result = runWith(work, name, argumentTexts, argumentBytes, argumentCount, flags, status);
  free(work);
  return result;
}

function runWith(
  work: usize,
  name: usize,
  argumentTexts: usize,
  argumentBytes: u32,
  argumentCount: u32,
  flags: u32,
  status: usize,
): i32 {
  const out = work + 2 * PATH_MAX;
  const opened = openProgram(work, name, out);
  if (opened < 0) return opened;
  const program = changetype<File>(load<u32>(out) as usize);
  const console = openConsole(work, out);
  const id = spawnProcess(
    kernelProcess(),
    program,
    name,
    argumentTexts,
    argumentBytes,
    argumentCount,
    console,
    console,
    console,
    flags,
  );
  if (console !== null) closeFile(console);
  if (id < 0) return id;
  const waited = waitForChild(kernelProcess(), id, 0, status);
  return min<i32>(waited, 0);
}

/** Opens the program; its File's address goes to `out`. */
function openProgram(work: usize, name: usize, out: usize): i32 {
  const isPath = textContains(name, SLASH);
  if (!isPath) {
    const module = openModule(name);
    if (module !== null) {
      store<u32>(out, changetype<usize>(module) as u32);
      return 0;
    }
  }
  const path = work + PATH_MAX;
  const directory = isPath ? "/" : "/bin";
  const resolved = resolvePath(copyText(directory, work), name, path);
  return resolved < 0 ? resolved : openFile(path, O_RDONLY, out);
}

/** The terminal, or null where there is none. */
function openConsole(work: usize, out: usize): File | null {
  if (openFile(copyText("/dev/console", work), O_RDWR, out) < 0) return null;
  return changetype<File>(load<u32>(out) as usize);
}
