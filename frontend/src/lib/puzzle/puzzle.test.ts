// @vitest-environment node
import { expect, test, vi } from "vitest";
import { hasher } from "./sha256";
import { solve, zeroBits } from "./solve";

const hex = (hash: Uint32Array) => [...hash].map((word) => word.toString(16).padStart(8, "0")).join("");
/** As the browser's own works it out. */
async function known(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

test("it hashes as everybody does, wherever the beginning ends", async () => {
  expect(hex(hasher("abc")(""))).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  for (let length = 0; length < 140; length++) {
    const beginning = "é".repeat(length % 3) + "x".repeat(length);
    const hash = hasher(beginning);
    for (const end of ["", "7", "1234567890", "5".repeat(60)]) {
      expect(hex(hash(end))).toBe(await known(beginning + end));
    }
  }
});

test("zero bits are counted from the front", () => {
  expect(zeroBits(Uint32Array.of(0x80000000, 0))).toBe(0);
  expect(zeroBits(Uint32Array.of(1, 0))).toBe(31);
  expect(zeroBits(Uint32Array.of(0, 0x10000000))).toBe(35);
  expect(zeroBits(Uint32Array.of(0, 0))).toBe(64);
});

test("the answer fits, and it is told how far one is", async () => {
  const tried = vi.fn();
  const answer = solve({ challenge: "some-challenge", difficulty: 15 }, tried);
  expect(await known(`some-challenge:${answer}`)).toMatch(/^000[01]/);
  expect(tried.mock.calls.map(([count]) => count)).toEqual(
    Array.from({ length: Math.floor(Number(answer) / 20_000) }, (_, at) => (at + 1) * 20_000),
  );
});
