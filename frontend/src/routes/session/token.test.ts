import { expect, test } from "vitest";
import { takeToken } from "./token";

test("the token leaves the address at once, and nothing else does", () => {
  history.replaceState({ kept: 1 }, "", "/link?a=b#abc-_123");
  const steps = history.length;
  expect(takeToken()).toBe("abc-_123");
  expect(location.href).toMatch(/\/link\?a=b$/);
  expect(history.state).toEqual({ kept: 1 });
  expect(history.length).toBe(steps);
  expect(takeToken()).toBe("");
});
