import { afterEach, expect, test } from "vitest";
import type { Group, Permission, Session } from "$lib/api/types";
import { session } from "$lib/session.svelte";
import { beyondLimit, countsUsersOf } from "./reach";

const named = (id: string) => ({ id, name: id.toUpperCase() });
const group = (id: string, permissions: Permission[], limited_to: string[] | null = null): Group => ({
  id,
  name: id.toUpperCase(),
  description: null,
  permissions,
  limited_to: limited_to?.map(named) ?? null,
  built_in: false,
  users: 3,
});
const customer = group("customer", ["projects.create"]);
const north = group("north", ["users.read", "users.write"], ["customer"]);
const inGroups = (...ids: string[]) => (session.current = { user: { groups: ids.map(named) } } as Session);
afterEach(() => (session.current = null));

test("the users of a group are counted by those who see all of them", () => {
  const groups = [customer, north, group("admin", ["users.read"]), group("vendor", [])];
  inGroups("north");
  expect(groups.filter(({ id }) => countsUsersOf(groups)(id))).toEqual([customer]);
  inGroups("north", "admin");
  expect(groups.every(({ id }) => countsUsersOf(groups)(id))).toBe(true);
  inGroups("vendor");
  expect(countsUsersOf(groups)("admin"), "for the server to say").toBe(true);
});

test("what the users of a group hold beyond a limit is named", () => {
  const limit = { permissions: ["users.read", "users.write"] as Permission[], limited_to: ["customer"] };
  expect(beyondLimit(customer, limit)).toEqual(["projects.create"]);
  expect(beyondLimit(group("vendor", []), limit)).toEqual([]);
  expect(beyondLimit(group("staff", ["users.read"]), limit), "over everybody").toEqual(["users.read"]);
  expect(beyondLimit(north, limit)).toEqual([]);
  expect(beyondLimit(group("south", ["users.read", "users.delete"], ["customer"]), limit)).toEqual(["users.delete"]);
  expect(beyondLimit(group("wide", ["users.read"], ["customer", "vendor"]), limit)).toEqual(["users.read"]);
});
