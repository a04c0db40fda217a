import { afterEach, expect, test } from "vitest";
import { handOver, noteOpener, partOf, readFromTop, rescueFocus, restoreFocus } from "./focus";

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

test("what is lost in an open dialog is found at its heading, and nothing on the page behind it", () => {
  const get = page();
  get("first").innerHTML = "<h2>Mail</h2><button>Cancel</button>";
  get("first").setAttribute("open", "");
  const button = get("first").querySelector("button")!;
  button.focus();
  const part = partOf(button);
  button.remove();
  rescueFocus(get("opener"));
  expect(document.body).toHaveFocus();
  rescueFocus(null, part);
  expect(get("first").querySelector("h2")).toHaveFocus();
});

test("a stage hands the focus over to the next one’s heading, but not from elsewhere", async () => {
  const get = page();
  const stage = document.querySelector("section")!;
  const done = handOver(stage);
  stage.innerHTML = "<h2>Next</h2>";
  await done;
  expect(stage.querySelector("h2")).toHaveFocus();
  get("first").setAttribute("open", "");
  get("inside").focus();
  await handOver(stage);
  expect(get("inside")).toHaveFocus();
});

test("a turned page is read from its first row, without rows from the heading", async () => {
  page();
  await readFromTop();
  expect(document.querySelector("h1")).toHaveFocus();
  document.querySelector("section")!.innerHTML =
    "<table><tbody><tr><th><a href='/'>Ada</a></th></tr><tr><th><a href='/'>Bo</a></th></tr></tbody></table>";
  await readFromTop();
  expect(document.querySelector("a")).toHaveFocus();
});
