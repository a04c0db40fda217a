import { afterEach, expect, test } from "vitest";
import { toasts } from "./toasts.svelte";

afterEach(() => toasts.clear());
const texts = () => toasts.list.map(({ text }) => text);

test("news of somebody takes the place of older news of them", () => {
  toasts.done("Carl is disabled.", null, { about: "carl" });
  toasts.done("Ada is disabled.", null, { about: "ada" });
  toasts.done("Saved.");
  toasts.done("Carl is enabled.", null, { about: "carl" });
  expect(texts()).toEqual(["Ada is disabled.", "Saved.", "Carl is enabled."]);
});

test("the newest three are enough", () => {
  for (const text of ["1", "2", "3", "4"]) toasts.done(text);
  expect(texts()).toEqual(["2", "3", "4"]);
});
