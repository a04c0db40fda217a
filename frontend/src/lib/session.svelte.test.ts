import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Permission, Session } from "./api/types";
import { changeUser, readUser } from "./api/users";
import { session } from "./session.svelte";
import { toasts } from "./toasts.svelte";
import { unsaved } from "./unsaved.svelte";

const begun = (more: Partial<Session> = {}): Session => ({
  user: {
    id: "u",
    version: 1,
    name: "Ada",
    email: "ada@example.com",
    company: null,
    phone: null,
    notes: null,
    groups: [],
    state: "active",
    projects: 0,
    created_at: "2026-01-01T00:00:00Z",
    last_seen_at: null,
    welcome: null,
    rights: null,
  },
  permissions: ["users.read", "users.write", "users.export", "users.impersonate"] satisfies Permission[],
  impersonator: null,
  read_only: false,
  impersonation_over: false,
  expires_at: "2026-12-01T00:00:00Z",
  fresh_until: null,
  second_factor: false,
  factor_required: false,
  ...more,
});

let signedIn = true;
/** The session that the server knows. */
let known: object = {};
const acting = () => {
  const carl = begun({ impersonator: { id: "u", name: "Ada" }, permissions: [] });
  return { ...carl, user: { ...carl.user, id: "c", name: "Carl" } };
};
/** Something is typed and not saved until the test is over. */
let stop = () => {};
function type() {
  stop = $effect.root(() => unsaved.watch(() => true));
  flushSync();
}
beforeEach(() => {
  signedIn = true;
  known = { id: "u" };
  session.begin(begun());
  vi.stubGlobal("fetch", async () =>
    signedIn
      ? new Response(JSON.stringify(known), { headers: { "content-type": "application/json" } })
      : new Response('{"code":"unauthenticated"}', { status: 401, headers: { "content-type": "application/json" } }),
  );
});
afterEach(() => {
  stop();
  session.end(false);
  vi.unstubAllGlobals();
});

test("one may what the session's permissions say", () => {
  expect(session.may("users.write")).toBe(true);
  expect(session.may("users.delete")).toBe(false);
});

test("who only looks on as someone may read and no more", () => {
  session.begin(begun({ impersonator: { id: "a", name: "Admin" }, read_only: true }));
  expect(session.may("users.read")).toBe(true);
  expect(session.may("users.write")).toBe(false);
});

test("who acts as someone never exports nor acts as a third", () => {
  session.begin(begun({ impersonator: { id: "a", name: "Admin" } }));
  expect(session.may("users.write")).toBe(true);
  expect(session.may("users.export")).toBe(false);
  expect(session.may("users.impersonate")).toBe(false);
});

test("what one was told is gone with them", () => {
  toasts.done("Carl is disabled.");
  session.begin(begun({ fresh_until: "2026-11-01T00:00:00Z" }));
  expect(toasts.list, "the same person still").toHaveLength(1);
  const other = begun();
  session.begin({ ...other, user: { ...other.user, id: "v" } });
  expect(toasts.list, "acting as another").toHaveLength(0);
  toasts.done("Carl is enabled.");
  session.end(false);
  expect(toasts.list, "signed out").toHaveLength(0);
});

test("a session that ended while only looking leads to the sign-in page", async () => {
  signedIn = false;
  await expect(readUser("u")).rejects.toMatchObject({ code: "unauthenticated" });
  expect(session.current).toBeNull();
  expect(session.ended).toBe(true);
});

test("a save asks for the password in place, once for all that wait, and then goes on", async () => {
  signedIn = false;
  const first = changeUser("u", { name: "A" });
  const second = changeUser("u", { name: "B" });
  await vi.waitFor(() => expect(session.asking).toBe(true));
  signedIn = true;
  session.begin(begun());
  expect(await Promise.all([first, second])).toEqual([{ id: "u" }, { id: "u" }]);
  expect(session.asking).toBe(false);
});

test("closing the question fails the save and keeps the session's page", async () => {
  signedIn = false;
  const save = changeUser("u", { name: "A" });
  await vi.waitFor(() => expect(session.asking).toBe(true));
  session.answer(false);
  await expect(save).rejects.toMatchObject({ code: "unauthenticated" });
  expect(session.current).not.toBeNull();
});

test("a proof that ran out is asked for once for all that wait, and then they go on", async () => {
  let proven = false;
  vi.stubGlobal("fetch", async () =>
    proven
      ? new Response('{"id":"u"}', { headers: { "content-type": "application/json" } })
      : new Response('{"code":"step-up-required"}', { status: 403, headers: { "content-type": "application/json" } }),
  );
  const all = [changeUser("u", { email: "a@b.example" }), changeUser("v", { email: "b@b.example" })];
  await vi.waitFor(() => expect(session.proving).toBe(true));
  // Both were refused by then, or will be while the question stands.
  await new Promise((done) => setTimeout(done));
  proven = true;
  session.proven(begun({ fresh_until: new Date(Date.now() + 300_000).toISOString() }));
  expect(await Promise.all(all)).toEqual([{ id: "u" }, { id: "u" }]);
  expect(session.proving).toBe(false);
  expect(session.fresh).toBe(true);
});

test("a proof that is about to run out is none for what begins now", () => {
  for (const [ahead, fresh] of [
    [300_000, true],
    [1_000, false],
    [-1_000, false],
  ] as const) {
    session.begin(begun({ fresh_until: new Date(Date.now() + ahead).toISOString() }));
    expect(session.fresh).toBe(fresh);
  }
  session.begin(begun());
  expect(session.fresh).toBe(false);
});

test("with something typed, reading asks in place as well", async () => {
  signedIn = false;
  type();
  const read = readUser("u");
  await vi.waitFor(() => expect(session.asking).toBe(true));
  session.answer(false);
  await expect(read).rejects.toMatchObject({ status: 401 });
  stop();
  flushSync();
  expect(unsaved.any).toBe(false);
});

test("a page that comes to the front notices that another tab signed out", async () => {
  signedIn = false;
  await session.refresh();
  expect(session.current).toBeNull();
});

test("another tab that acts as someone takes this page along, where nothing is typed", async () => {
  known = acting();
  await session.told();
  expect(session.user.name).toBe("Carl");
  expect(session.other).toBeNull();
});

test("what is typed stays when another tab acts as someone, and is saved once one is oneself again", async () => {
  type();
  known = acting();
  await session.told();
  expect([session.user.name, session.other?.user.name, session.differing]).toEqual(["Ada", "Carl", true]);
  session.stay();
  await session.refresh();
  expect(session.differing, "said once").toBe(false);

  const first = changeUser("u", { name: "A" });
  await vi.waitFor(() => expect(session.differing).toBe(true));
  session.stay();
  await expect(first, "nothing is saved in another's name").rejects.toMatchObject({ code: "another-person" });

  const second = changeUser("u", { name: "B" });
  await vi.waitFor(() => expect(session.differing).toBe(true));
  known = begun();
  await session.returnToOwnAccount();
  expect(await second).toMatchObject({ user: { id: "u" } });
  expect([session.other, session.differing]).toEqual([null, false]);
});

test("what is typed can be given up, to go on as the other one", async () => {
  type();
  known = acting();
  await session.refresh();
  const save = changeUser("u", { name: "A" });
  await vi.waitFor(() => expect(session.differing).toBe(true));
  session.goOn();
  await expect(save).rejects.toMatchObject({ code: "another-person" });
  expect([session.user.name, session.other, unsaved.any]).toEqual(["Carl", null, false]);
});

test("that the session ended after all leads to the password, and still nothing is lost", async () => {
  type();
  known = acting();
  await session.refresh();
  signedIn = false;
  await session.refresh();
  expect([session.user.name, session.other, session.differing]).toEqual(["Ada", null, false]);
});

test("signing in elsewhere signs this page in, and answers the question for the password", async () => {
  signedIn = false;
  const save = changeUser("u", { name: "A" });
  await vi.waitFor(() => expect(session.asking).toBe(true));
  signedIn = true;
  known = acting();
  await session.told();
  expect(session.asking, "it is someone else").toBe(true);
  known = begun();
  await session.told();
  await save;
  expect(session.asking).toBe(false);

  session.end(true);
  await session.told();
  expect([session.user.name, session.ended]).toEqual(["Ada", false]);
});

test("beginning, acting as someone and signing out are told to the other tabs", async () => {
  const other = new BroadcastChannel("rollcall.session");
  const heard = vi.fn();
  other.onmessage = heard;
  const told = (times: number) => vi.waitFor(() => expect(heard).toHaveBeenCalledTimes(times));
  session.begin(begun());
  await told(1);
  known = acting();
  await session.returnToOwnAccount();
  await told(2);
  await session.signOut();
  await told(3);
  other.close();
});
