// Dates of the Gregorian calendar and seconds since 1970-01-01 00:00 UTC. No hardware in here.
// The arithmetic counts days from 1 March of year 0, so that leap days come last: Richards, "Mapping Time", chapter 25.

/** Bytes of a CalendarDate, for static memory. */
export const CALENDAR_DATE_BYTES: i32 = 28;

@unmanaged
export class CalendarDate {
  year: u32;
  /** 1 to 12. */
  month: u32;
  /** 1 to 31. */
  day: u32;
  hour: u32;
  minute: u32;
  second: u32;
  /** 0 is Sunday. */
  weekday: u32;
}

const DAYS_OF_400_YEARS: u32 = 146097;
/** From 1 March of year 0 to 1 January 1970. */
const DAYS_TO_1970: u32 = 719468;
const SECONDS_OF_DAY: u32 = 86400;

/** The seconds from 1970-01-01 00:00 to `date`, which is in the years 1970 to 2105. */
export function secondsOfDate(date: CalendarDate): u32 {
  const year = date.month <= 2 ? date.year - 1 : date.year;
  const month = date.month <= 2 ? date.month + 9 : date.month - 3; // March is 0
  const dayOfYear = (153 * month + 2) / 5 + date.day - 1;
  const days = year * 365 + year / 4 - year / 100 + year / 400 + dayOfYear - DAYS_TO_1970;
  return ((days * 24 + date.hour) * 60 + date.minute) * 60 + date.second;
}

/** Fills `date` with the date that is `seconds` after 1970-01-01 00:00. */
export function dateOfSeconds(seconds: u32, date: CalendarDate): void {
  const days = seconds / SECONDS_OF_DAY;
  const rest = seconds % SECONDS_OF_DAY;
  date.hour = rest / 3600;
  date.minute = (rest / 60) % 60;
  date.second = rest % 60;
  date.weekday = (days + 4) % 7; // 1970 began on a Thursday
  const shifted = days + DAYS_TO_1970;
  const era = shifted / DAYS_OF_400_YEARS;
  const dayOfEra = shifted % DAYS_OF_400_YEARS;
  const yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365;
  const dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
  const month = (5 * dayOfYear + 2) / 153;
  date.day = dayOfYear - (153 * month + 2) / 5 + 1;
  date.month = month < 10 ? month + 3 : month - 9;
  date.year = yearOfEra + era * 400 + (date.month <= 2 ? 1 : 0);
}
