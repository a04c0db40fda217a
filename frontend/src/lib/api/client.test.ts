import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  given,
  onFactorRefusal,
  onImpersonationRefusal,
  onProofNeeded,
  onSessionEnd,
  pathOf,
  serverNow,
} from "./client";
import { signIn } from "./session";
import { ApiError } from "./problem";
import { changeUser, createUser, enableUser, listUsers, readUser } from "./users";

const calls: { url: string; method: string; body: string; headers: Headers }[] = [];
let answers: Response[] = [];

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });
const ADA = { name: "Ada", email: "ada@example.com" };

beforeEach(() => {
  calls.length = 0;
  answers = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = request.url.replace(location.origin, "");
    calls.push({ url, method: request.method, body: await request.text(), headers: request.headers });
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer;
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  onSessionEnd(async () => false);
  onProofNeeded(async () => false);
});

test("what is empty is not asked for", async () => {
  answers = [json(200, { items: [] })];
  await listUsers({ q: "a b&c", field: "", page: 2 });
  expect(calls[0]!.url).toBe("/api/v1/users?q=a%20b%26c&page=2");
  expect(pathOf("/activity.csv", { from: "", actor: "a&b", to: null })).toBe("/api/v1/activity.csv?actor=a%26b");
  expect(given({ page: 0, done: false, q: "" })).toEqual({ page: 0, done: false });
});

test("an id from the address bar stays one segment of the path", async () => {
  answers = [json(200, {})];
  await readUser("../me?x#y");
  expect(calls[0]!.url).toBe("/api/v1/users/..%2Fme%3Fx%23y");
});

test("a change carries the version that was read", async () => {
  answers = [json(200, {}), json(200, {})];
  await changeUser("1", { company: null }, 7);
  await enableUser("1");
  expect(calls[0]).toMatchObject({ method: "PATCH", body: '{"company":null}' });
  expect(calls[0]!.headers.get("if-match")).toBe('"7"');
  expect(calls[0]!.headers.get("content-type")).toBe("application/json");
  expect(calls[1]!.headers.get("if-match")).toBeNull();
});

test("a session that ended inside a form: sign in, and the same request goes again", async () => {
  onSessionEnd(async (method) => method === "POST");
  answers = [json(401, { code: "unauthenticated" }), json(201, { id: "u" })];
  expect(await createUser(ADA)).toEqual({ id: "u" });
  expect(calls.map((call) => call.body)).toEqual([JSON.stringify(ADA), JSON.stringify(ADA)]);
});

test("not signed in again: the request fails and is not repeated", async () => {
  answers = [json(401, { code: "unauthenticated" })];
  await expect(createUser(ADA)).rejects.toMatchObject({ code: "unauthenticated" });
  expect(calls).toHaveLength(1);
});

test("a proof that ran out: proven, the same request goes again; not proven, it fails with words of its own", async () => {
  answers = [json(403, { code: "step-up-required", detail: "Prove it." }), json(201, { id: "u" })];
  onProofNeeded(async () => true);
  expect(await createUser(ADA)).toEqual({ id: "u" });
  expect(calls.map((call) => call.body)).toEqual([JSON.stringify(ADA), JSON.stringify(ADA)]);

  calls.length = 0;
  answers = [json(403, { code: "step-up-required" })];
  onProofNeeded(async () => false);
  await expect(createUser(ADA)).rejects.toMatchObject({
    code: "step-up-required",
    detail: "Nothing was changed: it was not confirmed that it’s you.",
  });
  expect(calls).toHaveLength(1);
});

test("proven, and refused for another reason: that one is told, and it is not asked for twice", async () => {
  const asked = vi.fn(async () => true);
  onProofNeeded(asked);
  answers = [json(403, { code: "step-up-required" }), json(409, { code: "conflict", detail: "No." })];
  await expect(createUser(ADA)).rejects.toMatchObject({ code: "conflict" });
  expect(asked).toHaveBeenCalledOnce();
});

test("after a right password the refusal says what is asked next; later, that a factor must be added first", async () => {
  const told = vi.fn(async () => {});
  onFactorRefusal(told);
  answers = [json(401, { code: "second-factor-required", methods: ["totp", "recovery-code"], passkey: null })];
  await expect(signIn("a@b.example", "x")).rejects.toMatchObject({
    proof: { methods: ["totp", "recovery-code"], passkey: null },
  });
  expect(told).not.toHaveBeenCalled();
  answers = [json(403, { code: "second-factor-required" })];
  await expect(createUser(ADA)).rejects.toMatchObject({ proof: null });
  expect(told).toHaveBeenCalledOnce();
});

test("what holds until a time holds by the server's clock", async () => {
  const date = new Date(Date.now() + 3_600_000).toUTCString();
  answers = [new Response("{}", { headers: { "content-type": "application/json", date } })];
  await listUsers({});
  expect(serverNow() - Date.now()).toBeGreaterThan(3_590_000);
});

test("a wrong password at sign-in asks nobody to sign in again", async () => {
  const asked = vi.fn(async () => true);
  onSessionEnd(asked);
  answers = [json(401, { code: "invalid-credentials" })];
  await expect(signIn("a@b.example", "x")).rejects.toBeInstanceOf(ApiError);
  expect(asked).not.toHaveBeenCalled();
});

test("no answer at all is an error with words, a dropped request is none", async () => {
  await expect(readUser("u")).rejects.toMatchObject({ code: "unreachable", status: 0 });
  vi.stubGlobal("fetch", async () => {
    throw new DOMException("dropped", "AbortError");
  });
  await expect(readUser("u")).rejects.toBeInstanceOf(DOMException);
});

test("a refusal because one acts as someone else is told to the session", async () => {
  const told = vi.fn(async () => {});
  onImpersonationRefusal(told);
  answers = [json(403, { code: "impersonating" })];
  await expect(createUser(ADA)).rejects.toMatchObject({ code: "impersonating" });
  expect(told).toHaveBeenCalledOnce();
});
