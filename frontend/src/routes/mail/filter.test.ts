import { expect, test } from "vitest";
import { ALL, formatFilter, parseFilter } from "./filter";

test("an address and its filter are the same thing", () => {
  expect(formatFilter(parseFilter("?state=failed&page=2"))).toBe("?state=failed&page=2");
  expect(formatFilter(ALL)).toBe("");
});

test("a state that no mail has lists all", () => expect(parseFilter("?state=lost")).toEqual(ALL));
