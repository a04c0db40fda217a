import { expect, test } from "vitest";
import { pieces } from "./marked";

const shown = (text: string, spans: number[][]) =>
  pieces(text, spans)
    .map((piece) => (piece.marked ? `[${piece.text}]` : piece.text))
    .join("");

test("what was found is cut out of the text", () => {
  expect(shown("José García", [[5, 9]])).toBe("José [Garc]ía");
  expect(shown("José", [[0, 4]])).toBe("[José]");
  expect(
    shown("a b c", [
      [4, 5],
      [0, 1],
    ]),
  ).toBe("[a] b [c]");
  expect(shown("𝔄da", [[2, 3]])).toBe("𝔄[d]a");
});

test("without a span, or with one that does not fit, the text is whole", () => {
  expect(pieces("Ada", [])).toEqual([{ text: "Ada", marked: false }]);
  expect(shown("Ada", [[1, 9], [2, 2], []])).toBe("Ada");
  expect(
    shown("Adam", [
      [0, 2],
      [1, 3],
    ]),
  ).toBe("[Ad]am");
  expect(pieces("", [])).toEqual([]);
});
