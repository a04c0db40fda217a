import { expect, test } from "vitest";
import type { PermissionInfo } from "$lib/api/types";
import { expiryAfter, LASTING, tokenOptions } from "./tokens";

test("a token ends after so many days, and never after more than a year", () => {
  const now = Date.parse("2026-11-27T12:00:00Z");
  expect(expiryAfter("90", now)).toBe("2027-02-25T11:59:00.000Z");
  for (const { value } of LASTING) expect(Date.parse(expiryAfter(value, now)) - now).toBeLessThan(365 * 86_400_000);
});

test("a token is given what its owner holds, and no more", () => {
  const all: PermissionInfo[] = [
    { name: "users.read", description: "See users" },
    { name: "users.write", description: "Change users" },
  ];
  expect(tokenOptions(all, ["users.read"])).toEqual([{ id: "users.read", name: "See users", hint: "users.read" }]);
  expect(tokenOptions(all, [])).toEqual([]);
});
