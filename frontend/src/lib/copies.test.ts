import { expect, test } from "vitest";
import type { Mail } from "./api/types";
import { copyWords } from "./copies";

test("a copy says of which mail it is one", () => {
  const mail = (kind: string, user_id: string, to_name: string | null) =>
    ({ kind, user_id, to_name, to: `${to_name ?? "x"}@a.example` }) as Mail;
  const welcome = mail("welcome", "g", "Grace");
  const copy = mail("welcome-copy", "g", "Ada");
  expect(copyWords(welcome, [copy, welcome])).toBeNull();
  expect(copyWords(copy, [mail("welcome", "s", "Sam"), welcome])).toBe("Copy of the mail to Grace");
  expect(copyWords(copy, [mail("welcome", "g", null)])).toBe("Copy of the mail to x@a.example");
  expect(copyWords(copy, [mail("password-reset", "g", "Grace")])).toBe("Copy of a welcome");
});
