import { expect, test } from "vitest";
import type { Mail } from "$lib/api/types";
import { rightsOver } from "./rights";

const mail = (more: Partial<Mail>): Mail => ({
  id: "m",
  to: "ada@example.com",
  to_name: null,
  user: null,
  subject: "Welcome",
  kind: "welcome",
  state: "queued",
  attempts: 0,
  last_error: null,
  server_reply: null,
  next_attempt_at: "2026-11-24T10:00:00Z",
  created_at: "2026-11-24T10:00:00Z",
  give_up_at: "2026-11-26T10:00:00Z",
  done_at: null,
  has_link: true,
  text: "",
  html: "",
  ...more,
});
const all = () => true;

test("what is sent is sent", () => {
  expect(rightsOver(mail({ state: "sent" }), all, false)).toMatchObject({ retry: false, cancel: false });
});

test("only what waits can be cancelled, and only what would be tried can be tried at once", () => {
  expect(rightsOver(mail({}), all, false)).toMatchObject({ retry: true, cancel: true });
  expect(rightsOver(mail({ next_attempt_at: null }), all, false)).toMatchObject({ retry: false, cancel: true });
  expect(rightsOver(mail({ state: "failed" }), all, false)).toMatchObject({ retry: true, cancel: false });
});

test("a link is for those who may change users, where there is one", () => {
  expect(rightsOver(mail({}), all, false).link).toBe(true);
  expect(rightsOver(mail({ has_link: false }), all, false).link).toBe(false);
  expect(rightsOver(mail({}), (one) => one !== "users.write", false).link).toBe(false);
});

test("one who only looks does nothing", () => {
  expect(rightsOver(mail({}), (one) => one.endsWith(".read"), true)).toEqual({
    retry: false,
    cancel: false,
    link: false,
  });
});
