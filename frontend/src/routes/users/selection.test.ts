import { expect, test } from "vitest";
import type { User } from "$lib/api/types";
import { EVERYTHING } from "./query";
import { Selection } from "./selection.svelte";

const rows = ["a", "b", "c", "d", "e"].map((id) => ({ id, name: id.toUpperCase() }) as User);
const [a, b, c, d, e] = rows as [User, User, User, User, User];
const chosen = (selection: Selection) => selection.chosen(EVERYTHING, "exact").ids;

test("one by one, and in ranges both ways", () => {
  const selection = new Selection();
  selection.toggle(b, rows);
  selection.toggle(d, rows, true);
  expect(chosen(selection)).toEqual(["b", "c", "d"]);
  selection.toggle(c, rows, true);
  expect(chosen(selection)).toEqual(["b"]);
  selection.toggle(a, rows, true);
  expect(chosen(selection)?.sort()).toEqual(["a", "b", "c"]);
  expect(selection.nameOf("a")).toBe("A");
});

test("a range without a beginning on this page is one row", () => {
  const selection = new Selection();
  selection.toggle({ id: "x", name: "X" } as User, []);
  selection.toggle(c, rows, true);
  expect(chosen(selection)).toEqual(["x", "c"]);
});

test("a page, and all that match", () => {
  const selection = new Selection();
  selection.toggle(e, rows);
  expect(selection.onPage(rows)).toBe("some");
  selection.togglePage(rows);
  expect(selection.onPage(rows)).toBe("all");
  expect(selection.count(1234)).toBe(5);
  selection.all = true;
  expect(selection.count(1234)).toBe(1234);
  expect(selection.chosen({ ...EVERYTHING, q: "acme", group: "g" }, "typo")).toEqual({
    matching: { q: "acme", disabled: "exclude", group: "g", matched_by: "typo" },
  });
  selection.toggle(c, rows);
  expect(chosen(selection)?.sort()).toEqual(["a", "b", "d", "e"]);
  selection.togglePage(rows);
  selection.togglePage(rows);
  expect(selection.some).toBe(false);
});

test("another page keeps it, another search does not", () => {
  const selection = new Selection();
  selection.keepWithin(EVERYTHING);
  selection.toggle(a, rows);
  selection.keepWithin({ ...EVERYTHING, page: 2, sort: "-name" });
  expect(chosen(selection)).toEqual(["a"]);
  selection.keepWithin({ ...EVERYTHING, q: "x" });
  expect(selection.some).toBe(false);
});
