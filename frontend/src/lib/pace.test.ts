import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { paced } from "./pace";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("usual typing is not held up", () => {
  const seen: number[] = [];
  const type = paced((value: number) => seen.push(value), 5);
  [1, 2, 3].forEach(type);
  expect(seen).toEqual([1, 2, 3]);
});

test("a held key runs only so often, and its last value always", () => {
  const seen: number[] = [];
  const type = paced((value: number) => seen.push(value), 5, 10_000, 250);
  for (let key = 1; key <= 100; key++) {
    type(key);
    vi.advanceTimersByTime(30);
  }
  expect(seen).toEqual([1, 2, 3, 4, 5]);
  vi.advanceTimersByTime(250);
  expect(seen.at(-1)).toBe(100);
  vi.advanceTimersByTime(10_000);
  type(101);
  expect(seen.at(-1)).toBe(101);
});
