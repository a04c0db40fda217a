import { expect, test } from "vitest";
import type { Project } from "$lib/api/types";
import { draftOf, merge, patchOf } from "./draft";

const fleet: Project = {
  id: "p",
  version: 1,
  name: "Fleet",
  description: "Vans",
  state: "active",
  members: 2,
  created_by: null,
  created_at: "2026-01-01T00:00:00Z",
};

test("only what was changed is sent, and an emptied description is cleared", () => {
  expect(patchOf(draftOf(fleet), { name: "Fleet", description: " " })).toEqual({ description: null });
  expect(patchOf(draftOf(fleet), { name: " Vans ", description: "Vans" })).toEqual({ name: "Vans" });
  expect(patchOf(draftOf(fleet), draftOf(fleet))).toEqual({});
});

test("what was typed is kept, what someone else changed is taken over and said", () => {
  const latest = { ...fleet, version: 2, name: "Fleet 2027", description: "Lorries" };
  expect(merge(fleet, latest, { name: "Fleet", description: "Vans and bikes" })).toEqual({
    draft: { name: "Fleet 2027", description: "Vans and bikes" },
    meanwhile: ["name", "description"],
  });
});
