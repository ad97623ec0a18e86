// Carrying out an entry's commands, or a line of the command line; what is loaded in the end is started.

import { textLength } from "../kernel/text.ts";
import { take } from "./arena.ts";
import { boot, execute, FAILED, isSomethingLoaded, nextMenu, UNKNOWN } from "./commands.ts";
import { forgetConditions, isInCondition, nextRunnable, setOutcome } from "./conditions.ts";
import { andBytes, andNumber, andText, fail, failure } from "./failure.ts";
import { clearPlan } from "./plan.ts";
import { PLAIN, print, printNumber, printText, setColour, WARNING } from "./screen.ts";
import { opensBlock, SCRIPT_END, scriptLine, skipBlock, startScript, TOO_LONG } from "./script.ts";

const reason = take(160);

/** Runs commands: false, and the failure says why, if one failed. Unknown ones are told on the screen and passed over. */
export function runCommands(text: usize, length: usize, firstLine: u32): bool {
  startScript(text, length, firstLine);
  forgetConditions();
  while (true) {
    const words = nextRunnable();
    if (words == SCRIPT_END) return true;
    if (words < 0) return failAt(words == TOO_LONG ? "the command is too long" : "a quote has no end");
    if (words == 0) continue;
    if (opensBlock()) {
      skipBlock();
      continue;
    }
    const line = scriptLine();
    const isCondition = isInCondition();
    const status = execute(words as u32);
    setOutcome(status != FAILED && status != UNKNOWN);
    if (isCondition) continue;
    if (status == UNKNOWN) {
      setColour(WARNING);
      print("Line ");
      printNumber(line);
      print(": ");
      printText(failure());
      print("\n");
      setColour(PLAIN);
    } else if (status == FAILED) {
      memory.copy(reason, failure(), min<usize>(textLength(failure()) + 1, 160));
      fail("");
      andBytes(reason);
      andText(" (line ");
      andNumber(line);
      return andText(")");
    }
  }
}

function failAt(what: string): bool {
  fail(what);
  andText(" (line ");
  andNumber(scriptLine());
  return andText(")");
}

/** Runs an entry and starts what it loads; returns only if that fails, or if there is another menu to show (nextMenu). */
export function bootEntry(text: usize, length: usize, firstLine: u32): bool {
  clearPlan();
  if (!runCommands(text, length, firstLine)) return false;
  if (nextMenu() != 0) return true;
  return isSomethingLoaded() ? boot() : fail("The entry loads nothing");
}
