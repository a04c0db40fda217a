import { expect, test } from "vitest";
import type { Mail } from "$lib/api/types";
import { settled } from "./test-mail";

const queued = { state: "queued", attempts: 0, next_attempt_at: "2026-11-24T10:00:00Z" } as Mail;

test("a mail is looked at until something became of it", () => {
  expect(settled(queued)).toBe(false);
  expect(settled({ ...queued, state: "sent" })).toBe(true);
  expect(settled({ ...queued, attempts: 1 })).toBe(true);
  expect(settled({ ...queued, next_attempt_at: null })).toBe(true);
});
