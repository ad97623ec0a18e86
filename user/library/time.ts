// Dates: seconds since 1970-01-01 00:00 as year, month and day. Source: the proleptic Gregorian calendar, counted in days from
// the first of March, so that the leap day is a year's last.

/** A moment, taken apart. */
export class DateTime {
  year: i32 = 1970;
  /** 1 to 12. */
  month: i32 = 1;
  /** 1 to 31. */
  day: i32 = 1;
  hour: i32 = 0;
  minute: i32 = 0;
  second: i32 = 0;
  /** 0 is Sunday. */
  weekday: i32 = 4;
}

const DAY_SECONDS: u32 = 86400;
/** From 0000-03-01 to 1970-01-01. */
const EPOCH_DAYS: u32 = 719468;
const DAYS_OF_400_YEARS: u32 = 146097;

export function gmtime(seconds: u32): DateTime {
  const date = new DateTime();
  const rest = seconds % DAY_SECONDS;
  date.hour = (rest / 3600) as i32;
  date.minute = ((rest / 60) % 60) as i32;
  date.second = (rest % 60) as i32;
  const days = seconds / DAY_SECONDS;
  date.weekday = ((days + 4) % 7) as i32;
  const all = days + EPOCH_DAYS;
  const era = all / DAYS_OF_400_YEARS;
  const dayOfEra = all % DAYS_OF_400_YEARS;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const marchMonth = (5 * dayOfYear + 2) / 153;
  date.day = (dayOfYear - (153 * marchMonth + 2) / 5 + 1) as i32;
  date.month = (marchMonth < 10 ? marchMonth + 3 : marchMonth - 9) as i32;
  date.year = (yearOfEra + era * 400 + (date.month <= 2 ? 1 : 0)) as i32;
  return date;
}

function two(value: i32): string {
  return value < 10 ? `0${value}` : `${value}`;
}

/** "2026-11-21 05:33:17" */
export function formatTime(seconds: u32): string {
  const date = gmtime(seconds);
  const day = `${date.year}-${two(date.month)}-${two(date.day)}`;
  return `${day} ${two(date.hour)}:${two(date.minute)}:${two(date.second)}`;
}
