import { expect, test } from "vitest";
import type { Group, PermissionInfo } from "$lib/api/types";
import { fixedBecause, permissionOptions, powerWords } from "./permissions";

const ALL: PermissionInfo[] = [
  { name: "users.read", description: "See users" },
  { name: "users.write", description: "Change users" },
  { name: "mail.read", description: "See mail" },
  { name: "groups.write", description: "Change groups" },
];
const names = ALL.map((one) => one.name);
const group = (more: Partial<Group>): Group => ({
  id: "g",
  name: "Desk",
  description: null,
  permissions: ["users.read"],
  built_in: false,
  users: 0,
  ...more,
});

test("how much a group may do", () => {
  expect(powerWords([], ALL)).toBe("None");
  expect(powerWords(["users.read", "mail.read"], ALL)).toBe("users.read, mail.read");
  expect(powerWords(["users.read", "mail.read", "users.write"], ALL)).toBe("3 of 4");
  expect(powerWords(names, ALL)).toBe("All");
});

test("what one lacks can't be given, and the page says so", () => {
  const options = permissionOptions(ALL, ["users.read"]);
  expect(options.map((option) => option.disabled)).toEqual([false, true, true, true]);
  expect(options[1]!.hint).toMatch(/don’t have it/);
});

test("a group is fixed when it is Admin, beyond one, or one may only look", () => {
  expect(fixedBecause(group({}), names, true)).toBeNull();
  expect(fixedBecause(group({ built_in: true, name: "Vendor", permissions: names }), names, true)).toBeNull();
  expect(fixedBecause(group({ built_in: true, name: "Admin", permissions: names }), names, true)).toMatch(
    /Admin is fixed/,
  );
  expect(fixedBecause(group({ permissions: ["mail.read"] }), ["users.read"], true)).toMatch(/you don’t have/);
  expect(fixedBecause(group({}), names, false)).toMatch(/not change/);
});
