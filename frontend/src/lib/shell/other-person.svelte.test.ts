import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { flushSync } from "svelte";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Session } from "../api/types";
import { session } from "../session.svelte";
import { unsaved } from "../unsaved.svelte";
import OtherPerson from "./OtherPerson.svelte";

// jsdom has no dialogs: what counts here is what is inside.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
};

const of = (id: string, name: string, impersonator: object | null = null) =>
  ({ user: { id, name }, impersonator, permissions: [] }) as unknown as Session;

let stop = () => {};
/** Something is typed here, and the browser's session becomes this one. */
async function become(other: Session) {
  stop = $effect.root(() => unsaved.watch(() => true));
  flushSync();
  vi.stubGlobal(
    "fetch",
    async () => new Response(JSON.stringify(other), { headers: { "content-type": "application/json" } }),
  );
  render(OtherPerson);
  await session.refresh();
  flushSync();
}
beforeEach(() => session.begin(of("a", "Ada")));
afterEach(() => {
  stop();
  session.end(false);
  vi.unstubAllGlobals();
});

test("whoever acts as another in another tab can be themselves again; whoever is another cannot", async () => {
  await become(of("c", "Carl", { id: "a", name: "Ada" }));
  expect(screen.getByRole("dialog", { name: "You act as Carl now" })).toHaveTextContent("typed here as Ada");
  expect(screen.getByRole("button", { name: "Return to my account" })).toBeInTheDocument();
  stop();
  session.end(false);

  session.begin(of("a", "Ada"));
  document.body.replaceChildren();
  await become(of("g", "Grace"));
  expect(screen.getByRole("dialog", { name: "This browser goes on as Grace" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Return to my account" })).toBeNull();
});

test("the page stays until what was typed is discarded or left, then goes along", async () => {
  const user = userEvent.setup();
  await become(of("g", "Grace"));
  await user.click(screen.getByRole("button", { name: "Stay here" }));
  flushSync();
  expect([session.user.name, session.differing]).toEqual(["Ada", false]);
  stop();
  flushSync();
  expect([session.user.name, session.other]).toEqual(["Grace", null]);
});
