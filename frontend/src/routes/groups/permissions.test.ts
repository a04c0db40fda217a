import { expect, test } from "vitest";
import type { Group, PermissionInfo } from "$lib/api/types";
import {
  fixedBecause,
  inWords,
  lacksReading,
  permissionOptions,
  powerGiven,
  powerWords,
  reachWords,
  withheldBecause,
  withReading,
} from "./permissions";

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
  limited_to: null,
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

test("what one lacks can’t be given, and the page says so once", () => {
  const options = permissionOptions(ALL, ["users.read"]);
  expect(options.map((option) => option.disabled)).toEqual([false, true, true, true]);
  expect(withheldBecause(ALL, ["users.read"], false)).toBe("You can give only what you have yourself.");
  expect(withheldBecause(ALL, names, false)).toBeNull();
});

test("what is about users takes along that they are seen", () => {
  expect(withReading(["users.write"], names)).toEqual(["users.read", "users.write"]);
  expect(withReading(["mail.read"], names)).toEqual(["mail.read"]);
  expect(withReading(["users.write"], ["users.write"]), "where one may give it").toEqual(["users.write"]);
  expect(lacksReading(["users.write"])).toBe(true);
  const [read] = permissionOptions(ALL, names, { held: ["users.read", "users.write"] });
  expect(read).toMatchObject({ disabled: true, hint: expect.stringMatching(/goes along/) as string });
  expect(permissionOptions(ALL, names, { held: ["users.read"] })[0]!.disabled).toBe(false);
});

test("permissions in a sentence are what they let one do", () => {
  expect(inWords(["users.write"], ALL)).toBe("“Change users”");
  expect(inWords(["users.write", "mail.read"], ALL)).toBe("“Change users” and “See mail”");
  const many = inWords([...names, "new.one"], ALL);
  expect(many).toBe("“See users”, “Change users”, “See mail”, and 2 more");
});

test("whom a group reaches", () => {
  expect(reachWords({ limited_to: null })).toBeNull();
  expect(reachWords({ limited_to: [] })).toMatch(/nobody/);
  const crew = [
    { id: "a", name: "Crew" },
    { id: "b", name: "Shore" },
  ];
  expect(reachWords({ limited_to: crew })).toBe("Applies to users in Crew, Shore");
});

test("with a limit only what is about users can be given, and the rest be taken away", () => {
  const options = permissionOptions(ALL, names, { limited: true, held: ["mail.read"] });
  expect(options.map((option) => option.disabled)).toEqual([false, false, false, true]);
  expect(withheldBecause(ALL, names, true)).toMatch(/only what is about users/);
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

test("power over others is told before it is given to many; to look at them is none", () => {
  const given = (permissions: Group["permissions"], more: Partial<Group> = {}) =>
    powerGiven(group({ permissions, ...more }));
  expect(given(["users.read", "users.export", "projects.manage", "activity.read", "mail.read"])).toBeNull();
  expect(given(["settings.write", "users.write"])).toBe(
    "Each of them could then change users and change the settings.",
  );
  expect(given(["users.impersonate"], { limited_to: [{ id: "w", name: "West" }] })).toBe(
    "Each of them could then log in as others. Applies to users in West.",
  );
  for (const one of ["users.delete", "users.import", "groups.write"] as const) expect(given([one])).not.toBeNull();
  expect(given([], { name: "Admin", built_in: true })).toBe("Each of them could then do everything here.");
});
