import { expect, test } from "vitest";
import { ACTIONS, byDay, sentence, subjectPath } from "./activity";
import { changesOf, valueWords } from "./activity-fields";
import { KINDS, NAMES } from "./activity-names";
import server from "../../../src/model/activity.rs?raw";
import type { Activity } from "./api/types";

const ada = { id: "a", name: "Ada Lovelace" };
const bob = { id: "b", name: "Bob" };
const user = (who: { id: string; name: string }) => ({ kind: "user", ...who });

const done = (action: string, more: Partial<Activity> = {}): Activity => ({
  id: "1",
  number: 1,
  at: "2026-11-24T10:00:00Z",
  action,
  actor: ada,
  acting_as: null,
  subject: user(bob),
  origin: "203.0.113.9",
  changes: {},
  reason: null,
  token: null,
  ...more,
});
const said = (activity: Activity, you?: string) =>
  sentence(activity, you)
    .map((part) => part.text)
    .join("");

test("what a program did says so", () => {
  expect(said(done("user.disabled", { token: "Nightly sync" }))).toMatch(/, with the API token “Nightly sync”$/);
  const made = done("token.created", { subject: user(ada), changes: { token: [null, "Nightly sync"] } });
  expect(said(made)).toBe("Ada Lovelace made the API token “Nightly sync”");
});

test("who did what to whom", () => {
  expect(said(done("user.disabled"))).toBe("Ada Lovelace disabled Bob");
  expect(said(done("user.updated", { subject: user(ada) }))).toBe("Ada Lovelace changed their details");
  expect(said(done("group.updated", { subject: { kind: "group", id: "g", name: "Vendor" } }))).toBe(
    "Ada Lovelace changed the group Vendor",
  );
  expect(said(done("mail.retried", { subject: { kind: "mail", id: "m", name: "Welcome" } }))).toBe(
    "Ada Lovelace had the mail “Welcome” tried again",
  );
});

test("as whom it was done stands at the end", () => {
  expect(said(done("project.created", { acting_as: bob, subject: { kind: "project", id: "p", name: "Fleet" } }))).toBe(
    "Ada Lovelace created the project Fleet, acting as Bob",
  );
  expect(said(done("impersonation.started", { acting_as: bob }))).toBe("Ada Lovelace logged in as Bob");
});

test("a reader of their own activity is you", () => {
  expect(said(done("password.changed", { actor: bob }), "b")).toBe("You changed your password");
  expect(said(done("impersonation.started"), "b")).toBe("Ada Lovelace logged in as you");
  expect(said(done("user.updated", { acting_as: bob }), "b")).toBe("Ada Lovelace changed you, acting as you");
});

test("nobody signed in is somebody all the same", () => {
  expect(said(done("session.started", { actor: null }))).toBe("Bob signed in");
  expect(said(done("link.made", { actor: null }))).toBe("Someone not signed in made a one-time link for Bob");
  expect(said(done("user.created", { actor: null, origin: null }))).toBe("Rollcall created Bob");
});

test("a member's project is named", () => {
  expect(said(done("member.added", { changes: { project: [null, "Fleet"], via: [null, "added"] } }))).toBe(
    "Ada Lovelace added Bob to Fleet",
  );
  expect(said(done("member.removed", { changes: { project: ["Fleet", null] } }))).toBe(
    "Ada Lovelace removed Bob from Fleet",
  );
  expect(said(done("member.added", { actor: bob, changes: { project: [null, "Fleet"] } }))).toBe("Bob joined Fleet");
});

test("every action reads, the unknown too", () => {
  for (const action of ACTIONS) expect(said(done(action)), action).not.toMatch(/[{}]/);
  expect(said(done("token.made-up"))).toBe("Ada Lovelace token made up: Bob");
  expect(said(done("portal.turned", { subject: null, actor: null, origin: null }))).toBe("Rollcall portal turned");
});

test("every action of the server has words, a name and a kind", () => {
  const listed = [.../actions! \{([\s\S]*?)\n\}/.exec(server)![1]!.matchAll(/\w+ = "([a-z.-]+)";/g)].map(
    (one) => one[1]!,
  );
  expect(listed.length).toBeGreaterThan(60);
  expect([...ACTIONS].sort()).toEqual([...listed].sort());
  expect(Object.keys(NAMES).sort()).toEqual([...listed].sort());
  for (const action of listed) expect(KINDS[action.split(".")[0]!], action).toBeDefined();
});

test("what was done to you is yours", () => {
  const to = (action: string, changes: Activity["changes"] = {}) => said(done(action, { changes }), "b");
  expect(to("session.ended")).toBe("Ada Lovelace ended a session of yours");
  expect(to("password.changed")).toBe("Ada Lovelace changed your password");
  expect(to("password.rehashed")).toBe("Ada Lovelace renewed the stored form of your password");
  expect(to("factor.removed", { factor: ["Phone", null] })).toBe("Ada Lovelace removed your second factor “Phone”");
  expect(to("user.disabled")).toBe("Ada Lovelace disabled you");
});

test("what has no name for the reader is told without one", () => {
  expect(said(done("user.disabled", { actor: bob, subject: user({ id: "x", name: "" }) }), "b")).toBe(
    "You disabled someone",
  );
  expect(said(done("project.updated", { subject: { kind: "project", id: "p", name: "" } }))).toBe(
    "Ada Lovelace changed a project",
  );
});

test("details are words, and none that the sentence says already", () => {
  const details = (action: string, changes: Activity["changes"]) =>
    changesOf(done(action, { changes })).map(({ field, before, after }) => [field, before, after]);
  const until = "2026-11-24T10:30:00Z";
  expect(details("impersonation.started", { device: [null, null], write: [null, true], until: [null, until] })).toEqual(
    [
      ["may act", null, "yes"],
      ["ends", null, expect.stringContaining("2026")],
    ],
  );
  expect(details("impersonation.ended", { write: [false, null], until: [until, null] })).toEqual([]);
  expect(details("member.added", { project: [null, "Fleet"], via: [null, "admin"] })).toEqual([
    ["joined as", null, "an admin"],
  ]);
  expect(
    details("factor.added", { factor: [null, "Codes"], kind: [null, "recovery-codes"], left: [null, 10] }),
  ).toEqual([
    ["kind", null, "Recovery codes"],
    ["codes left", null, "10"],
  ]);
  expect(details("users.bulk-undone", { target: [null, "Crew"], undone: [null, 3], kept: [null, 2] })).toEqual([
    ["left alone", null, "2"],
  ]);
  expect(details("users.bulk", { users: [null, 3], skipped: [null, 0] })).toEqual([]);
  expect(details("settings.updated", { password_min_length: [12, 14] })).toEqual([
    ["minimum password length", "12", "14"],
  ]);
});

test("values are words", () => {
  expect(valueWords(null)).toBe("nothing");
  expect(valueWords([])).toBe("nothing");
  expect(valueWords(["Admin", "Vendor"])).toBe("Admin, Vendor");
  expect(valueWords(false)).toBe("no");
  expect(valueWords(0)).toBe("0");
  expect(valueWords("2026-11-24T10:00:00Z")).toMatch(/2026/);
});

test("changes have before and after; what is new has no before", () => {
  const changes: Activity["changes"] = {
    email: ["a@x.example", "b@x.example"],
    company: [null, "Acme"],
    phone: [null, ""],
  };
  expect(changesOf(done("user.updated", { changes }))).toEqual([
    { field: "e-mail", before: "a@x.example", after: "b@x.example" },
    { field: "company", before: "nothing", after: "Acme" },
  ]);
  expect(changesOf(done("user.created", { changes: { company: [null, "Acme"] } }))).toEqual([
    { field: "company", before: null, after: "Acme" },
  ]);
});

test("what is gone is no link", () => {
  const links = (activity: Activity) =>
    sentence(activity)
      .filter((part) => part.path)
      .map((part) => part.path);
  const fleet = { kind: "project", id: "p", name: "Fleet" };
  expect(links(done("project.updated", { subject: fleet }))).toEqual(["/projects/p"]);
  expect(links(done("project.deleted", { subject: fleet }))).toEqual([]);
  expect(links(done("user.disabled"))).toEqual(["/users/b"]);
  expect(links(done("user.disabled", { subject: user({ id: "b", name: "a deleted user" }) }))).toEqual([]);
});

test("only what has a page is a link", () => {
  expect(subjectPath({ kind: "user", id: "7", name: "Ada" })).toBe("/users/7");
  expect(subjectPath({ kind: "settings", id: "0", name: "Settings" })).toBeNull();
  expect(subjectPath({ kind: "user", id: "../me", name: "x" })).toBe("/users/..%2Fme");
  expect(subjectPath(null)).toBeNull();
});

test("days are the runs of one date", () => {
  const at = (time: string) => done("user.updated", { at: time });
  const days = byDay([at("2026-11-24T10:00:00Z"), at("2026-11-24T00:00:00Z"), at("2026-11-23T23:59:00Z")]);
  expect(days.map((day) => day.length)).toEqual([2, 1]);
});

test("what was done to many at once is one sentence", () => {
  const batch = (name: string) => ({ kind: "batch", id: "u", name });
  const changes: Activity["changes"] = { target: [null, "Crew"], users: [null, 1200], skipped: [null, 3] };
  expect(said(done("users.bulk", { subject: batch("add-group"), changes }))).toBe(
    "Ada Lovelace added 1,200 users to Crew",
  );
  const undone = { undone: [null, 1], kept: [null, 2] } as Activity["changes"];
  expect(said(done("users.bulk-undone", { subject: batch("disable"), changes: undone }))).toBe(
    "Ada Lovelace undid “Disable” for 1 user",
  );
  const cut = { users: [null, 40] } as Activity["changes"];
  const byItself = { actor: null, origin: null, subject: batch("send-password"), changes: cut };
  expect(said(done("users.bulk-cut-off", byItself))).toBe("Rollcall found “Send password” cut off after 40 users");
});

test("factors and tokens by their names, and the token that something was done by", () => {
  const self = { actor: bob, changes: { factor: [null, "Phone"] } as Activity["changes"] };
  expect(said(done("factor.added", self))).toBe("Bob added the second factor “Phone”");
  expect(said(done("factor.removed", { changes: { factor: ["Phone", null] } }))).toBe(
    "Ada Lovelace removed the second factor “Phone” of Bob",
  );
  expect(said(done("user.disabled", { token: "Sync" }))).toBe("Ada Lovelace disabled Bob, with the API token “Sync”");
});
