/** Numbers and times as the reader's browser writes them. */

const number = new Intl.NumberFormat();
export const count = (value: number) => number.format(value);

/** "1 user", "12,345 users". */
export const counted = (value: number, one: string, many = `${one}s`) => `${count(value)} ${value === 1 ? one : many}`;

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const narrow = new Intl.RelativeTimeFormat(undefined, { numeric: "auto", style: "short" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", year: "numeric" });
const exactly = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The same in a column of a table: "10 min ago". */
export const shortTime = (iso: string, now = Date.now()) =>
  // The dot of an abbreviation is one more letter in a narrow place.
  relativeTime(iso, now, narrow).replace(/(?<=\p{L})\.(?=\s|$)/gu, "");

/** Near times as distance, far ones as a date. */
export function relativeTime(iso: string, now = Date.now(), words = relative): string {
  const at = new Date(iso);
  const seconds = Math.round((at.getTime() - now) / 1000);
  const far = Math.abs(seconds);
  // A second or two ahead is a clock that goes wrong, not the future.
  if (far < 45) return seconds > 5 ? "in a moment" : "just now";
  if (far < HOUR) return words.format(Math.trunc(seconds / MINUTE) || Math.sign(seconds), "minute");
  if (far < DAY) return words.format(Math.trunc(seconds / HOUR), "hour");
  if (far < 7 * DAY) return words.format(Math.trunc(seconds / DAY), "day");
  return at.getFullYear() === new Date(now).getFullYear() ? day.format(at) : dayAndYear.format(at);
}

const weekday = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const weekdayAndYear = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

/** The day of a time, for the reader: "Today", "Yesterday", "Monday, 2 November". */
export function dayName(iso: string, now = Date.now()): string {
  const at = new Date(iso);
  const today = new Date(now);
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  // A day of a change of clocks is an hour longer or shorter.
  const days = Math.round((midnight(today) - midnight(at)) / (DAY * 1000));
  if (days === 0) return "Today";
  if (days === 1) return "Yesterday";
  return (at.getFullYear() === today.getFullYear() ? weekday : weekdayAndYear).format(at);
}

const hours = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** A time whose day is said already: near ones as distance, others by the clock. */
export function timeInDay(iso: string, now = Date.now()): string {
  return now - Date.parse(iso) < (DAY * 1000) / 2 ? relativeTime(iso, now) : hours.format(new Date(iso));
}

const utcDay = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", timeZone: "UTC" });
/** A day as the server counts it, such as "2026-11-24". */
export const dayOfYear = (date: string) => utcDay.format(new Date(`${date}T00:00:00Z`));

export const exactTime = (iso: string) => exactly.format(new Date(iso));
export const dateTime = (iso: string) => clock.format(new Date(iso));

/** Time left as m:ss, never below 0:00. */
export function timeLeft(until: string, now = Date.now()): string {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** How long to wait, in words: "30 seconds", "5 minutes". */
export function wait(seconds: number): string {
  if (seconds < 90) return counted(seconds, "second");
  if (seconds < 90 * MINUTE) return counted(Math.ceil(seconds / MINUTE), "minute");
  return counted(Math.ceil(seconds / HOUR), "hour");
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** "512 byte", "3.4 MB". */
export function fileSize(bytes: number): string {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const unit = new Intl.NumberFormat(undefined, { style: "unit", unit: UNITS[power]!, maximumFractionDigits: 1 });
  return unit.format(bytes / 1000 ** power);
}

/** First letters of the first and last word, for an avatar. */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const letters = [words[0], words.length > 1 ? words[words.length - 1] : undefined];
  return letters.map((word) => (word ? [...word][0]!.toLocaleUpperCase() : "")).join("") || "?";
}
