import { expect, test } from "vitest";
import { EVERYTHING, formatListState, parseListState, shownSort, toUserQuery } from "./query";

test("an address and its state are the same thing", () => {
  const search =
    "?q=jos%C3%A9+-acme&field=name&sort=-last_seen&disabled=include&state=invited&group=g1&project=p1&page=3";
  expect(formatListState(parseListState(search))).toBe(search);
});

test("the usual state has a bare address", () => {
  expect(formatListState(EVERYTHING)).toBe("");
  expect(parseListState("")).toEqual(EVERYTHING);
});

test("a search of digits stays text", () => {
  expect(parseListState("?q=0049").q).toBe("0049");
  expect(formatListState({ ...EVERYTHING, q: "true" })).toBe("?q=true");
});

test.each([
  "?page=0",
  "?page=-1",
  "?page=1.5",
  "?page=x",
  "?page=1e12",
  "?sort=drop",
  "?disabled=maybe",
  "?field=phone",
  "?state=gone",
])("%s is read as the usual", (search) => expect(parseListState(search)).toEqual(EVERYTHING));

test("the server is asked for exactly what the address says", () => {
  expect(toUserQuery(parseListState("?q=ada&disabled=only&page=2"))).toMatchObject({
    q: "ada",
    disabled: "only",
    page: 2,
    per_page: 50,
  });
});

test("best match comes first while searching, unless a column was clicked", () => {
  expect(shownSort(EVERYTHING)).toBe("name");
  expect(shownSort({ ...EVERYTHING, q: "ada" })).toBeNull();
  expect(shownSort({ ...EVERYTHING, q: "ada", sort: "-created" })).toBe("-created");
});
