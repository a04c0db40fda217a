import { afterEach, expect, test } from "vitest";
import { noteOpener, rescueFocus, restoreFocus } from "./focus";

afterEach(() => (document.body.innerHTML = ""));

const page = () => {
  document.body.innerHTML = `<main><h1>Page</h1><section><h2>Part</h2><button id="opener">Open</button></section></main>
    <dialog id="first"><input id="inside"></dialog><dialog id="second"></dialog>`;
  const get = (id: string) => document.getElementById(id)!;
  get("opener").focus();
  return get;
};
const lose = () => (document.activeElement as HTMLElement).blur();

test("what opened a dialog has the focus again", () => {
  const get = page();
  noteOpener(get("first"));
  lose();
  restoreFocus(get("first"));
  expect(get("opener")).toHaveFocus();
});

test("a dialog opened from another one leads back to where that one came from", () => {
  const get = page();
  noteOpener(get("first"));
  get("inside").focus();
  noteOpener(get("second"));
  get("first").remove();
  restoreFocus(get("second"));
  expect(get("opener")).toHaveFocus();
});

test("with what opened it gone, the heading of its part has it; without the part, the page's", () => {
  const get = page();
  noteOpener(get("first"));
  get("opener").remove();
  restoreFocus(get("first"));
  expect(document.querySelector("h2")).toHaveFocus();
  document.querySelector("section")!.remove();
  restoreFocus(get("first"));
  expect(document.querySelector("h1")).toHaveFocus();
});

test("a focus that is somewhere stays", () => {
  const get = page();
  rescueFocus(document.querySelector("h1"));
  expect(get("opener")).toHaveFocus();
});
