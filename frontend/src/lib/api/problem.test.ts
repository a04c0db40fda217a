import { expect, test } from "vitest";
import { readProblem, retrySeconds } from "./problem";

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(typeof body === "string" ? body : JSON.stringify(body), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });

test("a problem keeps its code, its words and its fields", async () => {
  const error = await readProblem(
    answer(422, {
      type: "about:blank",
      title: "Unprocessable",
      status: 422,
      code: "validation-failed",
      detail: "Some fields are not right.",
      errors: [{ field: "email", code: "malformed", message: "This is not an e-mail address." }],
    }),
  );
  expect(error.code).toBe("validation-failed");
  expect(error.detail).toBe("Some fields are not right.");
  expect(error.field("email")?.message).toBe("This is not an e-mail address.");
  expect(error.field("name")).toBeUndefined();
});

test("a taken e-mail names its user, beside the error or beside the list of errors", async () => {
  const user = { id: "u1", state: "deleted" };
  const field = { field: "email", code: "in-bin", message: "In the bin." };
  const beside = await readProblem(answer(422, { code: "validation-failed", errors: [field], user }));
  const within = await readProblem(answer(422, { code: "validation-failed", errors: [{ ...field, user }] }));
  expect(beside.field("email")?.user).toEqual(user);
  expect(within.field("email")?.user).toEqual(user);
});

test("an answer that is no problem still becomes words", async () => {
  const error = await readProblem(answer(502, "<html>", { "content-type": "text/html" }));
  expect(error.status).toBe(502);
  expect(error.detail).toMatch(/try again/);
});

test("a code without detail has words of its own", async () => {
  expect((await readProblem(answer(409, { code: "last-admin", detail: null }))).detail).toMatch(/last admin/);
});

test("Retry-After is read as seconds and as a date", () => {
  expect(retrySeconds("90")).toBe(90);
  expect(retrySeconds("Tue, 24 Nov 2026 10:00:30 GMT", Date.parse("2026-11-24T10:00:00Z"))).toBe(30);
  expect(retrySeconds("soon")).toBeNull();
  expect(retrySeconds(null)).toBeNull();
});
