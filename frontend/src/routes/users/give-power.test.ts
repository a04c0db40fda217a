import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import type { Group } from "$lib/api/types";
import GivePower from "./GivePower.svelte";

// jsdom has no dialogs: what counts here is what is inside.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
};

const ADMIN = { id: "a", name: "Admin", built_in: true, permissions: ["users.write"], limited_to: null };
const props = { group: ADMIN as unknown as Group, users: "7,766 users", give: vi.fn(), cancel: vi.fn() };

test("how many get power over others is said before they have it", async () => {
  const user = userEvent.setup();
  render(GivePower, props);
  expect(screen.getByRole("dialog", { name: "Add 7,766 users to Admin?" })).toHaveTextContent(
    "Each of them could then do everything here.",
  );
  await user.click(screen.getByRole("button", { name: "Cancel" }));
  expect(props.cancel).toHaveBeenCalledOnce();
  expect(props.give).not.toHaveBeenCalled();
  await user.click(screen.getByRole("button", { name: "Add" }));
  expect(props.give).toHaveBeenCalledExactlyOnceWith(ADMIN);
});
