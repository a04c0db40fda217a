import { expect, test } from "vitest";
import { readAddress, writeAddress } from "./address";

const USUAL = { q: "", state: "all", page: "1" };

test("an address and its state are the same thing", () => {
  const search = "?q=Line+7+%26+more&state=sent&page=3";
  expect(writeAddress(readAddress(search, USUAL), USUAL)).toBe(search);
  expect(readAddress(search, USUAL)).toEqual({ q: "Line 7 & more", state: "sent", page: "3" });
});

test("the usual state has a bare address", () => {
  expect(writeAddress(USUAL, USUAL)).toBe("");
  expect(readAddress("?other=1", USUAL)).toEqual(USUAL);
});

test.each(["0", "-1", "1.5", "x", "", "1e3", "01", "99999999999"])("page %s is read as the first", (page) =>
  expect(readAddress(`?page=${page}`, USUAL).page).toBe("1"),
);
