import { expect, test } from "vitest";
import { counted, dayName, fileSize, initials, relativeTime, shortTime, timeInDay, timeLeft, wait } from "./format";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const ago = (seconds: number) => relativeTime(new Date(NOW - seconds * 1000).toISOString(), NOW);

test("near times are distances, far ones are dates", () => {
  expect(ago(10)).toBe("just now");
  expect(ago(50)).toBe("1 minute ago");
  expect(ago(59 * 60)).toBe("59 minutes ago");
  expect(ago(23 * 3600)).toBe("23 hours ago");
  expect(ago(26 * 3600)).toBe("yesterday");
  expect(ago(8 * 86400)).toMatch(/16.*Nov|Nov.*16/);
  expect(ago(400 * 86400)).toMatch(/2025/);
  expect(ago(-3600)).toBe("in 1 hour");
  expect(ago(-30)).toBe("in a moment");
  expect(ago(-2)).toBe("just now");
});

test("time left counts down and stops at zero", () => {
  const until = new Date(NOW + 90_000).toISOString();
  expect(timeLeft(until, NOW)).toBe("1:30");
  expect(timeLeft(until, NOW + 200_000)).toBe("0:00");
});

test("waits are said in the unit that fits", () => {
  expect(wait(1)).toBe("1 second");
  expect(wait(30)).toBe("30 seconds");
  expect(wait(301)).toBe("6 minutes");
  expect(wait(7200)).toBe("2 hours");
});

test("counts have their word", () => {
  expect(counted(1, "user")).toBe("1 user");
  expect(counted(0, "user")).toBe("0 users");
});

test("initials come from any script", () => {
  expect(initials("Ada Maria Lovelace")).toBe("AL");
  expect(initials("東京製作所")).toBe("東");
  expect(initials("  ")).toBe("?");
  expect(initials("𝒜da")).toBe("𝒜");
});

test("days have names", () => {
  expect(dayName("2026-11-24T00:00:00Z", NOW)).toBe("Today");
  expect(dayName("2026-11-23T23:59:00Z", NOW)).toBe("Yesterday");
  expect(dayName("2026-11-02T10:00:00Z", NOW)).toMatch(/Monday/);
  expect(dayName("2025-11-02T10:00:00Z", NOW)).toMatch(/2025/);
});

test("within a day far times are by the clock", () => {
  expect(timeInDay("2026-11-24T11:00:00Z", NOW)).toBe("1 hour ago");
  expect(timeInDay("2026-11-22T09:30:00Z", NOW)).toMatch(/9:30/);
});

test("sizes are in the largest unit that leaves a whole", () => {
  expect(fileSize(0)).toMatch(/^0/);
  expect(fileSize(999)).toMatch(/^999/);
  expect(fileSize(1000)).toBe("1 kB");
  expect(fileSize(3_440_000)).toBe("3.4 MB");
  expect(fileSize(2e15)).toBe("2,000 TB");
});

test("in a column times are short, and have no dots of abbreviations", () => {
  const now = Date.parse("2026-11-24T12:00:00Z");
  expect(shortTime("2026-11-24T11:50:00Z", now)).toBe("10 min ago");
  expect(shortTime("2026-11-24T09:00:00Z", now)).toBe("3 hr ago");
  expect(shortTime("2026-11-23T11:00:00Z", now)).toBe("yesterday");
});
