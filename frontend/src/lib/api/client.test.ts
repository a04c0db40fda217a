import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { get, onImpersonationRefusal, onSessionEnd, patch, pathOf, post, segment } from "./client";
import { ApiError } from "./problem";

const calls: { url: string; init: RequestInit }[] = [];
let answers: Response[] = [];

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

beforeEach(() => {
  calls.length = 0;
  answers = [];
  vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
    calls.push({ url, init });
    const answer = answers.shift();
    if (!answer) throw new TypeError("Failed to fetch");
    return answer;
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  onSessionEnd(async () => false);
});

test("what is empty is not asked for", () => {
  expect(pathOf("/users", { q: "a b&c", field: "", page: 2, state: null, group: undefined })).toBe(
    "/api/v1/users?q=a+b%26c&page=2",
  );
});

test("an id from the address bar stays one segment of the path", () => {
  expect(`/users/${segment("../me?x#y")}`).toBe("/users/..%2Fme%3Fx%23y");
});

test("a POST without a body sends {}", async () => {
  answers = [json(200, {})];
  await post("/users/1/enable");
  expect(calls[0]!.init.body).toBe("{}");
  expect(calls[0]!.init.headers).toMatchObject({ "content-type": "application/json" });
});

test("a change carries the version that was read", async () => {
  answers = [json(200, {})];
  await patch("/users/1", { name: "Ada" }, { ifMatch: 7 });
  expect(calls[0]!.init.headers).toMatchObject({ "if-match": '"7"' });
});

test("a session that ended inside a form: sign in, and the same request goes again", async () => {
  onSessionEnd(async (method) => method === "POST");
  answers = [json(401, { code: "unauthenticated" }), json(201, { id: "u" })];
  expect(await post("/users", { name: "Ada" })).toEqual({ id: "u" });
  expect(calls.map((call) => call.init.body)).toEqual(['{"name":"Ada"}', '{"name":"Ada"}']);
});

test("not signed in again: the request fails and is not repeated", async () => {
  answers = [json(401, { code: "unauthenticated" })];
  await expect(post("/users", {})).rejects.toMatchObject({ code: "unauthenticated" });
  expect(calls).toHaveLength(1);
});

test("a wrong password at sign-in asks nobody to sign in again", async () => {
  const asked = vi.fn(async () => true);
  onSessionEnd(asked);
  answers = [json(401, { code: "invalid-credentials" })];
  await expect(post("/session", {}, { public: true })).rejects.toBeInstanceOf(ApiError);
  expect(asked).not.toHaveBeenCalled();
});

test("no answer at all is an error with words, a dropped request is none", async () => {
  await expect(get("/users")).rejects.toMatchObject({ code: "unreachable", status: 0 });
  vi.stubGlobal("fetch", async () => {
    throw new DOMException("dropped", "AbortError");
  });
  await expect(get("/users")).rejects.toBeInstanceOf(DOMException);
});

test("a refusal because one acts as someone else is told to the session", async () => {
  const told = vi.fn(async () => {});
  onImpersonationRefusal(told);
  answers = [json(403, { code: "impersonating" })];
  await expect(post("/me/password", {})).rejects.toMatchObject({ code: "impersonating" });
  expect(told).toHaveBeenCalledOnce();
});
