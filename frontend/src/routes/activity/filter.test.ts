import { expect, test } from "vitest";
import { NAMES } from "$lib/activity-names";
import { actionChoices, EVERYTHING, formatFilter, parseFilter, toQuery } from "./filter";

test("an address and its filter are the same thing", () => {
  const search = "?actor=a1&subject=s1&action=user.disabled&from=2026-11-01&to=2026-11-24&page=2";
  expect(formatFilter(parseFilter(search))).toBe(search);
  expect(formatFilter(EVERYTHING)).toBe("");
});

test.each(["2026-02-31", "2026-13-01", "yesterday", "2026-1-1", "0000-00-00"])(
  "%s is no day and filters nothing",
  (day) => expect(parseFilter(`?from=${day}&to=${day}`)).toEqual(EVERYTHING),
);

test("the last day is in it, whole", () => {
  expect(toQuery(parseFilter("?from=2026-11-24&to=2026-11-24"))).toMatchObject({
    from: "2026-11-24T00:00:00.000Z",
    to: "2026-11-25T00:00:00.000Z",
  });
  expect(toQuery(parseFilter("?to=2026-12-31"))).toMatchObject({ from: null, to: "2027-01-01T00:00:00.000Z" });
});

test("every action can be chosen, and each kind of several whole", () => {
  const values = actionChoices().map((choice) => choice.value);
  expect(values).toEqual(expect.arrayContaining(Object.keys(NAMES)));
  expect(values).toContain("user");
  expect(values).not.toContain("settings");
  expect(new Set(values).size).toBe(values.length);
  const labels = actionChoices().map((choice) => choice.label);
  expect(new Set(labels).size, "no two choices look the same").toBe(labels.length);
  for (const { group } of actionChoices()) expect(group).toMatch(/^[A-Z]/);
});
