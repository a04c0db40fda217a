import { expect, test } from "vitest";
import { isTyping } from "./typing";

const element = (html: string) => {
  const host = document.createElement("div");
  host.innerHTML = html;
  return host.firstElementChild;
};

test.each([
  ["<input>", true],
  ['<input type="search">', true],
  ["<textarea></textarea>", true],
  ["<select></select>", true],
  ['<input type="checkbox">', false],
  ["<button></button>", false],
  ["<p></p>", false],
])("a key in %s belongs to it: %s", (html, typing) => expect(isTyping(element(html))).toBe(typing));

test("a key on nothing belongs to nobody", () => expect(isTyping(null)).toBe(false));
