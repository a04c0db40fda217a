import { expect, test } from "vitest";
import { actionWords, changesOf, subjectPath, valueWords } from "./activity";

test("every action reads, the unknown too", () => {
  expect(actionWords("user.disabled")).toBe("disabled the user");
  expect(actionWords("token.made-up")).toBe("token made up");
});

test("values are words", () => {
  expect(valueWords(null)).toBe("nothing");
  expect(valueWords([])).toBe("nothing");
  expect(valueWords(["Admin", "Vendor"])).toBe("Admin, Vendor");
  expect(valueWords(false)).toBe("no");
  expect(valueWords(0)).toBe("0");
});

test("changes have before and after", () => {
  const changes = { email: ["a@x.example", "b@x.example"], company: [null, "Acme"] } as Record<string, [unknown, unknown]>;
  const activity = { id: "1", at: "", action: "user.updated", actor: null, acting_as: null, subject: null, origin: null, reason: null };
  expect(changesOf({ ...activity, changes })).toEqual([
    { field: "e-mail", before: "a@x.example", after: "b@x.example" },
    { field: "company", before: "nothing", after: "Acme" },
  ]);
});

test("only what has a page is a link", () => {
  expect(subjectPath({ kind: "user", id: "7", name: "Ada" })).toBe("/users/7");
  expect(subjectPath({ kind: "settings", id: "0", name: "Settings" })).toBeNull();
  expect(subjectPath({ kind: "user", id: "../me", name: "x" })).toBe("/users/..%2Fme");
  expect(subjectPath(null)).toBeNull();
});
