import { expect, test } from "vitest";
import type { Batch, Permission } from "./api/types";
import { actionsFor, aftermath, BULK, pastWords, progressOf, sentenceOf, sparedWords } from "./bulk";

const all = () => true;
const only =
  (...held: Permission[]) =>
  (permission: Permission) =>
    held.includes(permission);

test("those in the bin can only come back", () => {
  expect(actionsFor("deleted", false, all)).toEqual(["restore"]);
  expect(actionsFor("deleted", false, only("users.write"))).toEqual([]);
});

test("what is offered is what one may do", () => {
  expect(actionsFor("", false, only("projects.manage"))).toEqual(["add-project", "remove-project"]);
  expect(actionsFor("", false, all)).not.toContain("approve");
  expect(actionsFor("", false, all)).not.toContain("restore");
  expect(actionsFor("", false, only())).toEqual([]);
});

test("who waits is let in or turned away, first of all", () => {
  expect(actionsFor("pending", false, all).slice(0, 2)).toEqual(["approve", "decline"]);
  expect(actionsFor("pending", false, all)).not.toContain("send-password");
  expect(actionsFor("", true, all)).toContain("approve");
});

test("what was done, in words", () => {
  expect(pastWords("disable", 1, null)).toBe("disabled 1 user");
  expect(pastWords("add-group", 1200, "Crew")).toBe("added 1,200 users to Crew");
  expect(pastWords("remove-project", 2, null)).toBe("removed 2 users from a project that is gone");
  expect(pastWords("approve", 1, null, "Pia")).toBe("approved Pia");
  expect(aftermath("delete")).toMatch(/undo does not sign them in/);
  expect(aftermath("enable")).toBe("");
  expect(pastWords("import", 3, null)).toBe("imported 3 users");
  expect(sentenceOf(pastWords("delete", 2, null))).toBe("Moved 2 users to the bin");
  expect(sparedWords("last-admin")).toBe("The last admin who can sign in");
});

test("only what can’t be called back asks first", () => {
  const final = Object.entries(BULK).filter(([, words]) => words.final);
  expect(final.map(([action]) => action)).toEqual(["send-password", "decline"]);
});

test("how far a batch is: what is done counts, and what is left alone; undoing counts backwards", () => {
  const batch = { total: 40, done: 8, skipped: 2, undone: 3, kept: 1 };
  const of = (state: Batch["state"]) => progressOf({ ...batch, state } as Batch);
  expect(of("running")).toEqual({ done: 10, total: 40 });
  expect(of("undoing")).toEqual({ done: 4, total: 8 });
  expect(of("undone")).toBeNull();
  expect(of("cut-off")).toBeNull();
});
