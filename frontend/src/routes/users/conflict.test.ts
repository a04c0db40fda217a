import { expect, test } from "vitest";
import type { User } from "$lib/api/types";
import { differing, draftOf, merge, patchOf } from "./conflict";

const ada: User = {
  id: "u",
  version: 1,
  name: "Ada",
  email: "ada@example.com",
  company: "Acme",
  phone: null,
  notes: null,
  groups: [{ id: "c", name: "Customer" }],
  state: "active",
  projects: 0,
  created_at: "2026-01-01T00:00:00Z",
  last_seen_at: null,
  welcome: null,
  rights: null,
};

test("only what was changed is sent, and emptied fields are cleared", () => {
  const typed = { ...draftOf(ada), company: "", phone: "1" };
  expect(patchOf(draftOf(ada), typed)).toEqual({ company: null, phone: "1" });
  expect(patchOf(draftOf(ada), { ...draftOf(ada), name: " " })).toEqual({ name: "" });
});

test("the order of groups is no change", () => {
  const two = { ...draftOf(ada), groups: ["a", "b"] };
  expect(differing(two, { ...two, groups: ["b", "a"] })).toEqual([]);
});

test("what was typed is kept, what someone else changed is taken over and said", () => {
  const typed = { ...draftOf(ada), company: "Globex", phone: "1" };
  const latest: User = {
    ...ada,
    version: 2,
    company: "Initech",
    name: "Ada L.",
    groups: [{ id: "v", name: "Vendor" }],
  };
  const { draft, meanwhile } = merge(ada, latest, typed);
  expect(draft).toMatchObject({ name: "Ada L.", company: "Globex", phone: "1", groups: ["v"] });
  expect(meanwhile).toEqual([
    { field: "name", before: "Ada", now: "Ada L.", alsoTyped: false },
    { field: "company", before: "Acme", now: "Initech", alsoTyped: true },
    { field: "groups", before: "Customer", now: "Vendor", alsoTyped: false },
  ]);
});
