// The time of files: seconds since 1970-01-01 00:00 UTC, from whoever sets the clock here, and as FAT writes it down.
// Source of the FAT form: fatgen103, "Date and Time Formats".

import { CALENDAR_DATE_BYTES, CalendarDate, dateOfSeconds, secondsOfDate } from "../clock/date.ts";
import { enterCritical, leaveCritical } from "../thread/scheduler.ts";

export type FileClock = () => u32;

/** FAT's dates begin here. */
const FIRST_YEAR: u32 = 1980;
/** 1980-01-01 00:00 UTC. */
const FIRST_SECOND: u32 = 315532800;
/** 32 bits of seconds don't reach its end. */
const LAST_YEAR: u32 = 2105;

let clock: u32 = 0;
const date = changetype<CalendarDate>(memory.data(CALENDAR_DATE_BYTES, 4));

/** Says which function knows the time; until then files get FAT's first second. */
export function setFileClock(read: FileClock): void {
  clock = read.index;
}

/** The time that a file changed now gets. */
export function fileTime(): u32 {
  return clock == 0 ? FIRST_SECOND : call_indirect<u32>(clock);
}

/** FAT's date (high 16 bits) and time (low 16 bits, of two seconds) of a time. */
export function toFatTime(seconds: u32): u32 {
  const wereEnabled = enterCritical(); // there is one date for all
  dateOfSeconds(max<u32>(seconds, FIRST_SECOND), date);
  const day = ((date.year - FIRST_YEAR) << 9) | (date.month << 5) | date.day;
  const time = (day << 16) | (date.hour << 11) | (date.minute << 5) | (date.second >> 1);
  leaveCritical(wereEnabled);
  return time;
}

/** The time of a FAT date and time; 0 for one that is none. */
export function fromFatTime(day: u32, time: u32): u32 {
  const wereEnabled = enterCritical();
  date.year = FIRST_YEAR + (day >> 9);
  date.month = (day >> 5) & 0xf;
  date.day = day & 0x1f;
  date.hour = time >> 11;
  date.minute = (time >> 5) & 0x3f;
  date.second = (time & 0x1f) * 2;
  const isDate = date.month >= 1 && date.month <= 12 && date.day >= 1 && date.year <= LAST_YEAR;
  const isTime = date.hour < 24 && date.minute < 60 && date.second < 60;
  const seconds = isDate && isTime ? secondsOfDate(date) : 0;
  leaveCritical(wereEnabled);
  return seconds;
}
