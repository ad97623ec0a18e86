// The time of files: seconds since 1970-01-01 00:00 UTC, from whoever sets the clock here, and as FAT writes it down.
// Source of the FAT form: fatgen103, "Date and Time Formats".

export type FileClock = () => u32;

const SECONDS_PER_DAY: u32 = 86400;
/** FAT's dates begin here. */
const FIRST_YEAR: u32 = 1980;
const LAST_YEAR: u32 = 2107;
/** 1980-01-01 00:00 UTC. */
const FIRST_SECOND: u32 = 315532800;
/** Days from 1970-01-01 to 1980-01-01. */
const FIRST_DAY: u32 = 3652;

let clock: u32 = 0;

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
  if (seconds < FIRST_SECOND) seconds = FIRST_SECOND;
  let day = seconds / SECONDS_PER_DAY - FIRST_DAY;
  const second = seconds % SECONDS_PER_DAY;
  let year = FIRST_YEAR;
  while (day >= daysOfYear(year)) day -= daysOfYear(year++);
  let month: u32 = 1;
  while (day >= daysOfMonth(month, year)) day -= daysOfMonth(month++, year);
  const date = ((year - FIRST_YEAR) << 9) | (month << 5) | (day + 1);
  return (date << 16) | ((second / 3600) << 11) | (((second / 60) % 60) << 5) | ((second % 60) >> 1);
}

/** The time of a FAT date and time; 0 for one that is none, and for those after 2106, which 32 bits can't hold. */
export function fromFatTime(date: u32, time: u32): u32 {
  const year = FIRST_YEAR + (date >> 9);
  const month = (date >> 5) & 0xf;
  const day = date & 0x1f;
  if (month < 1 || month > 12 || day < 1 || day > daysOfMonth(month, year) || year >= LAST_YEAR - 1) return 0;
  let days = FIRST_DAY + day - 1;
  for (let before = FIRST_YEAR; before < year; before++) days += daysOfYear(before);
  for (let before: u32 = 1; before < month; before++) days += daysOfMonth(before, year);
  return days * SECONDS_PER_DAY + (time >> 11) * 3600 + ((time >> 5) & 0x3f) * 60 + (time & 0x1f) * 2;
}

function isLeap(year: u32): bool {
  return year % 4 == 0 && year != 2100; // the only other exception is out of range
}

function daysOfYear(year: u32): u32 {
  return isLeap(year) ? 366 : 365;
}

function daysOfMonth(month: u32, year: u32): u32 {
  if (month == 2) return isLeap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}
