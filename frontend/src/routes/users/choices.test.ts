import { expect, test } from "vitest";
import type { UserFacets } from "$lib/api/types";
import { choicesOf } from "./choices";
import { EVERYTHING } from "./query";

const group = (name: string, users: number) => ({ id: name.toLowerCase(), name, users });
const counts = (groups: UserFacets["groups"]): UserFacets => ({
  total: 5,
  states: [
    { state: "active", users: 2 },
    { state: "invited", users: 3 },
    { state: "disabled", users: 1 },
    { state: "deleted", users: 4 },
  ],
  groups,
});
const words = (choices: { words: string; users: number }[]) => choices.map((one) => `${one.words} ${one.users}`);

test("a choice would change the list and leave somebody", () => {
  const groups = [group("Admin", 0), group("Customer", 5), group("Vendor", 2)];
  expect(words(choicesOf(counts(groups), EVERYTHING).open)).toEqual([
    "Vendor 2",
    "Active 2",
    "Invited 3",
    "Disabled 1",
  ]);
  const vendors = choicesOf(counts(groups), { ...EVERYTHING, group: "vendor", state: "invited" });
  expect(words(vendors.open)).toEqual(["Customer 5", "Active 2", "Disabled 1"]);
  expect(words(choicesOf(counts(groups), { ...EVERYTHING, state: "deleted" }).open)).toEqual(["Vendor 2"]);
});

test("the largest groups stand in the open, by name", () => {
  const groups = [1, 4, 2, 3, 4, 3, 2, 1].map((users, i) => group(`G${i}`, users));
  const { open, more } = choicesOf(counts(groups), { ...EVERYTHING, state: "deleted" });
  expect(words(open)).toEqual(["G1 4", "G2 2", "G3 3", "G4 4", "G5 3"]);
  expect(words(more)).toEqual(["G0 1", "G6 2", "G7 1"]);
  expect(open[0]!.change).toEqual({ group: "g1" });
});
