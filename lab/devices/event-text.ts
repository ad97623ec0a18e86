// The record's events as text, and which of them a person wants to see.

import { DISK_NAMES, type EventKind, type MachineEvent } from "../../pc/recorder.ts";
import { hex } from "../inspect/look.ts";
import { type DeviceName, deviceOf } from "./ports.ts";

export interface EventFilter {
  /** "": all. */
  device: DeviceName | "";
  kinds: ReadonlySet<EventKind>;
  /** In what a row says; "": all. */
  text: string;
}

/** An event as a row shows it. */
export interface EventText {
  /** "3f8 COM1", "vector 20", "A 33 + 1". */
  place: string;
  value: string;
}

/** Exceptions by their vectors. Source: SDM vol. 3, table 6-1. */
const EXCEPTIONS: readonly string[] = [
  "#DE",
  "#DB",
  "NMI",
  "#BP",
  "#OF",
  "#BR",
  "#UD",
  "#NM",
  "#DF",
  "",
  "#TS",
  "#NP",
  "#SS",
  "#GP",
  "#PF",
  "",
  "#MF",
  "#AC",
  "#MC",
  "#XM",
];

export function textOf(event: Pick<MachineEvent, "kind" | "place" | "size" | "value">): EventText {
  const { kind, place, size, value } = event;
  switch (kind) {
    case "in":
    case "out":
      return { place: `${hex(place, place > 0xfff ? 4 : 3)} ${deviceOf(event)}`, value: hex(value, size * 2) };
    case "interrupt":
      return { place: `${hex(place, 2)}h`, value: "" };
    case "exception":
      return { place: `${hex(place, 2)}h ${EXCEPTIONS[place] ?? ""}`.trimEnd(), value: "" };
    case "read":
    case "write":
      return { place: `${DISK_NAMES[value]} ${place}`, value: `+${size}` };
  }
}

/** @param source the row's source line, as "scheduler.ts:88" */
export function matches(event: MachineEvent, filter: EventFilter, source: string): boolean {
  if (!filter.kinds.has(event.kind)) return false;
  if (filter.device !== "" && deviceOf(event) !== filter.device) return false;
  if (filter.text === "") return true;
  const { place, value } = textOf(event);
  const row = `${event.kind} ${place} ${value} ${hex(event.linear)} ${source}`;
  return row.toLowerCase().includes(filter.text.toLowerCase());
}

/** A row of the exported text: columns with spaces in between. */
export function exportLine(event: MachineEvent, source: string): string {
  const { place, value } = textOf(event);
  const columns = [
    String(event.instructions).padStart(12),
    (event.timeNs / 1e6).toFixed(6).padStart(14),
    event.kind.padEnd(9),
    place.padEnd(14),
    value.padEnd(8),
    `x${event.times}`.padEnd(6),
    hex(event.linear),
    source,
  ];
  return columns.join("  ").trimEnd();
}

/** Joins what came to what is there, which is in order: the last one may have grown; of too many the newest are kept. */
export function join(known: readonly MachineEvent[], news: readonly MachineEvent[], most: number): MachineEvent[] {
  const first = news[0];
  if (first === undefined) return [...known];
  let kept = known.length;
  while (kept > 0 && known[kept - 1].sequence >= first.sequence) kept--;
  return [...known.slice(0, kept), ...news].slice(-most);
}
