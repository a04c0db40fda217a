import { expect, test } from "vitest";
import type { Settings } from "$lib/api/types";
import { differs, domainsIn, draftOf, patchOf } from "./draft";

const settings: Settings = {
  portal_name: "Nordlicht",
  accent_color: "#3556d4",
  support: { email: "help@example.com", url: null },
  sign_up: "open",
  allowed_domains: ["example.com", "example.org"],
  refused_domains: [],
  welcome: { subject: "Welcome", text: "Hello" },
  password_min_length: 12,
  require_factor_groups: [],
  bin_days: 30,
  activity_days: 0,
  impersonation_notice: false,
};
const read = draftOf(settings);

test("nothing changed is nothing sent", () => {
  expect(patchOf(read, { ...read })).toEqual({});
  expect(differs(read, { ...read, allowed_domains: "example.com,  example.org\n" })).toBe(false);
});

test("only what differs is sent, each in its place", () => {
  const typed = {
    ...read,
    portal_name: " Süd ",
    support_url: "https://help.example.com",
    activity_days: 365,
    refused_domains: "a.example b.example",
  };
  expect(patchOf(read, typed)).toEqual({
    portal_name: "Süd",
    support: { url: "https://help.example.com" },
    activity_days: 365,
    refused_domains: ["a.example", "b.example"],
  });
});

test("groups that must have a second factor: which ones counts, not their order", () => {
  const asked = { ...read, require_factor_groups: ["a", "b"] };
  expect(differs(asked, { ...asked, require_factor_groups: ["b", "a"] })).toBe(false);
  expect(patchOf(asked, { ...asked, require_factor_groups: ["b"] })).toEqual({ require_factor_groups: ["b"] });
  expect(patchOf(asked, { ...asked, require_factor_groups: [] })).toEqual({ require_factor_groups: [] });
});

test("an emptied text is cleared, an emptied list is empty, an emptied number is refused by the server", () => {
  const typed = { ...read, support_email: " ", welcome_text: "", allowed_domains: "", bin_days: null };
  expect(patchOf(read, typed)).toEqual({
    support: { email: null },
    welcome: { text: null },
    allowed_domains: [],
    bin_days: null,
  });
  expect(differs(read, typed)).toBe(true);
});

test("domains may be written one a line or with commas", () => {
  expect(domainsIn("a.example, b.example\n@c.example;d.example ")).toEqual([
    "a.example",
    "b.example",
    "@c.example",
    "d.example",
  ]);
  expect(domainsIn(" \n")).toEqual([]);
});
