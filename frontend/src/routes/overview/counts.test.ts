import { expect, test } from "vitest";
import { busyDays, ceilingOf, inWords, largest } from "./counts";

const days = [
  { day: "2026-11-22", users: 0 },
  { day: "2026-11-23", users: 7 },
  { day: "2026-11-24", users: 1 },
];

test("the scale ends at a round number", () => {
  expect([0, 4, 5, 10, 11, 49, 51, 1_000, 1_001].map(ceilingOf)).toEqual([4, 4, 5, 10, 20, 50, 100, 1_000, 2_000]);
});

test("a chart is told in a sentence", () => {
  expect(inWords("Sign-ups", days, true)).toMatch(
    /^Sign-ups on each of the last 3 days: 8 in all, most on .*23.* \(7\), 1 user today\.$/,
  );
  expect(inWords("Users who were there", days, false)).not.toContain("in all");
  expect(inWords("Sign-ups", days.slice(0, 1), true)).toBe("Sign-ups on each of the last 1 days: none.");
});

test("the table has the days on which there was somebody, the newest first", () => {
  expect(busyDays(days).map(({ users }) => users)).toEqual([1, 7]);
});

test("the largest groups are drawn, empty ones are not", () => {
  const group = (name: string, users: number) => ({ id: name, name, users, states: [] });
  const groups = [group("a", 1), group("b", 0), group("c", 9), group("d", 3)];
  const { shown, more } = largest(groups, 2);
  expect([shown.map(({ name }) => name), more]).toEqual([["c", "d"], 1]);
});
