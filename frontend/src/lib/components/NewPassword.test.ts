import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Portal } from "../api/types";
import { session } from "../session.svelte";
import NewPassword from "./NewPassword.svelte";

const SHORT = "Use at least 14 characters; a few words are best.";

beforeEach(() => {
  session.portal = { password_min_length: 14 } as Portal;
  vi.stubGlobal(
    "fetch",
    async () =>
      new Response(JSON.stringify({ score: 1, accepted: false, message: SHORT }), {
        headers: { "content-type": "application/json" },
      }),
  );
});
afterEach(() => {
  session.portal = null;
  vi.unstubAllGlobals();
});

test("how long it must be is said before anything is typed", () => {
  render(NewPassword, { password: "", first: true });
  const input = screen.getByLabelText("Password");
  expect(input).toHaveFocus();
  expect(input).toHaveAccessibleDescription(/At least 14 characters/);
});

test("why it was refused is said once, beside the field", async () => {
  const { rerender } = render(NewPassword, { password: "" });
  await userEvent.type(screen.getByLabelText("Password"), "short");
  const meter = (await screen.findByText(/not enough yet/)).closest("p");
  expect(meter).toHaveTextContent(SHORT);
  await rerender({ error: SHORT });
  expect(screen.getAllByText(SHORT)).toHaveLength(1);
  expect(meter).not.toHaveTextContent(SHORT);
});
