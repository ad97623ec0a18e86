// What /proc tells about processes.

import { ENOENT } from "../abi/errno.ts";
import { HANDLE_COUNT } from "../abi/processes.ts";
import { setProcessSource } from "../fs/proc/procfs.ts";
import { ProcText } from "../fs/proc/text.ts";
import { currentThread, enterCritical, leaveCritical } from "../thread/scheduler.ts";
import { findProcess, firstProcess, Process } from "./process.ts";

const NAME_COLUMNS: u32 = 17;
const NEWLINE: u8 = 0x0a;

/** Lets /proc have a directory for each process. */
export function addProcessFiles(): void {
  setProcessSource(writeStatus, nextProcess, ownProcess);
}

/** Writes what there is to know about a process; -ENOENT if it has just ended. The list is looked at with interrupts off, so that the process stays while its lines are written. */
export function writeStatus(id: u32, text: ProcText): i32 {
  const wereEnabled = enterCritical();
  const process = findProcess(id);
  if (process !== null) writeLines(process, text);
  leaveCritical(wereEnabled);
  return process === null ? -ENOENT : 0;
}

function writeLines(process: Process, text: ProcText): void {
  text.textColumn("name:", NAME_COLUMNS);
  text.text(process.name);
  text.byte(NEWLINE);
  text.textColumn("state:", NAME_COLUMNS);
  text.text(process.hasEnded ? "ended\n" : "running\n");
  text.line("id:", process.id, "");
  const parent = process.parent;
  text.line("parent:", parent === null ? 0 : parent.id, "");
  text.line("children:", process.childCount, "");
  let handles: u32 = 0;
  for (let handle: u32 = 0; handle < HANDLE_COUNT; handle++) if (process.fileOf(handle) !== null) handles++;
  text.line("handles:", handles, "");
  const thread = process.thread;
  if (thread !== null) {
    text.line("thread:", thread.id, "");
    text.line("ticks:", thread.tickCount, "");
  }
  text.textColumn("directory:", NAME_COLUMNS);
  text.column(process.cwd);
  text.byte(NEWLINE);
}

/** The lowest number of a process from `id` on; −1: none. */
function nextProcess(id: u32): i32 {
  const wereEnabled = enterCritical();
  let best: i32 = -1;
  let process = firstProcess();
  while (process !== null) {
    if (process.id >= id && (best < 0 || process.id < (best as u32))) best = process.id as i32;
    process = process.nextOfAll;
  }
  leaveCritical(wereEnabled);
  return best;
}

function ownProcess(): i32 {
  const context = currentThread().userContext;
  return context == 0 ? -1 : (changetype<Process>(context).id as i32);
}
