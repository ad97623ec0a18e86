// What `minios run` says at the end: exit status, why a run failed, registers, the screen, statistics.

import { encode } from "fast-png";
import type { Guest, GuestScreen } from "../guest.ts";
import type { End } from "./runner.ts";

export interface RunFigures {
  end: End;
  status: number;
  /** Host time from the start of the process to the guest's first instruction. */
  startupMs: number;
  /** Host time of the run itself. */
  runMs: number;
}

/** @param condition whether there was an --until */
export function exitStatus(end: End, condition: boolean): number {
  switch (end) {
    case "until":
    case "quit":
      return 0;
    case "powerOff":
    case "timeout":
    case "instructions":
      return condition ? 1 : 0;
    case "hostTimeout":
    case "halted":
    case "dead":
    case "signal":
      return 1;
  }
}

/** One line: what ended the run. */
export function endText(
  end: End,
  guest: Pick<Guest, "instructions" | "timeNs" | "end">,
  until: string | undefined,
): string {
  const when = `after ${(guest.timeNs / 1e9).toFixed(3)} s of guest time (${guest.instructions} instructions)`;
  const unmet = until === undefined ? "" : `; --until ${until} was not met`;
  switch (end) {
    case "until":
      return `--until was met ${when}`;
    case "quit":
      return `you quit ${when}`;
    case "signal":
      return `ended by a signal ${when}${unmet}`;
    case "powerOff":
      return `the guest switched the power off ${when}${unmet}`;
    case "timeout":
      return `--timeout: stopped ${when}${unmet}`;
    case "hostTimeout":
      return `the host took too long: stopped ${when}${unmet}`;
    case "instructions":
      return `--max-instructions: stopped ${when}${unmet}`;
    case "halted":
      return `the guest halted for good (hlt, and nothing can wake it) ${when}${unmet}`;
    case "dead":
      return `${guest.end ? "the domain ended badly" : "the guest died of a triple fault"} ${when}${unmet}`;
  }
}

const REGISTERS_IN_A_LINE = 4;

/** Registers in hexadecimal: simple ones four in a line, then each that has parts ("cs", "cs.base") in a line of its own. */
export function registersText(registers: Record<string, number>): string {
  const groups = new Map<string, string[]>();
  for (const [name, value] of Object.entries(registers)) {
    const [owner, part = ""] = name.split(".");
    const digits = (value >>> 0).toString(16).padStart(8, "0");
    const group = groups.get(owner) ?? [];
    group.push(part === "" ? `${owner.padEnd(6)} ${digits}` : `${part} ${digits}`);
    groups.set(owner, group);
  }
  const simple = [...groups.values()].filter((group) => group.length === 1).flat();
  const lines: string[] = [];
  for (let at = 0; at < simple.length; at += REGISTERS_IN_A_LINE) {
    lines.push(simple.slice(at, at + REGISTERS_IN_A_LINE).join("  "));
  }
  for (const [owner, group] of groups) {
    if (group.length === 1) continue;
    // GDTR and IDTR are nothing but parts.
    lines.push(group[0].startsWith(owner) ? group.join("  ") : `${owner.padEnd(6)} ${group.join("  ")}`);
  }
  return lines.map((line) => `  ${line}`).join("\n");
}

/** The text screen without the empty lines at its end. */
export function screenText(screen: Pick<GuestScreen, "text">): string {
  const rows = screen.text().map((row) => row.trimEnd());
  while (rows.length > 0 && rows[rows.length - 1] === "") rows.pop();
  return rows.map((row) => `${row}\n`).join("");
}

export function screenshotPng(screen: Pick<GuestScreen, "pixels">): Uint8Array {
  const { width, height, rgba } = screen.pixels();
  return encode({ width, height, data: rgba, channels: 4, depth: 8 });
}

/** One line of JSON for --stats. */
export function statsJson(guest: Pick<Guest, "instructions" | "timeNs">, figures: RunFigures): string {
  const seconds = figures.runMs / 1000;
  return JSON.stringify({
    instructions: guest.instructions,
    guestSeconds: round(guest.timeNs / 1e9),
    seconds: round(seconds),
    mips: round(seconds > 0 ? guest.instructions / seconds / 1e6 : 0),
    startupSeconds: round(figures.startupMs / 1000),
    exitReason: figures.end,
    exitStatus: figures.status,
  });
}

function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
