import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { ApiError } from "../api/problem";
import type { Method, Proof } from "../api/types";
import Prove from "./Prove.svelte";

const setup = (methods: Method[], prove: (proof: Proof) => Promise<void> = async () => {}) => {
  const asked = { methods, passkey: null };
  render(Prove, { asked, email: "ada@example.com", action: "Go on", prove });
  return userEvent.setup();
};

test("the first way is shown, its field ready to type into, and the others are a press away", async () => {
  const user = setup(["totp", "recovery-code"]);
  const code = screen.getByLabelText("Code");
  expect(code).toHaveFocus();
  expect(code).toHaveAttribute("autocomplete", "one-time-code");
  expect(code).toHaveAttribute("inputmode", "numeric");
  await user.click(screen.getByRole("button", { name: "Use a recovery code" }));
  expect(screen.getByLabelText("Recovery code")).toHaveFocus();
  expect(screen.getByRole("button", { name: "Use your authenticator app" })).toBeInTheDocument();
  expect(screen.queryByRole("button", { name: "Use a recovery code" })).toBeNull();
});

test("a code is sent as it is meant; refused, the words stand beside the field and it can be typed over", async () => {
  const prove = vi.fn(async () => {
    throw new ApiError(401, "invalid-credentials", "No.");
  });
  const user = setup(["totp"], prove);
  await user.type(screen.getByLabelText("Code"), "123 456{Enter}");
  expect(prove).toHaveBeenCalledExactlyOnceWith({ code: "123456" });
  expect(screen.getByLabelText("Code")).toHaveAttribute("aria-invalid", "true");
  expect(screen.getByText(/The code is not right/)).toBeInTheDocument();
  await user.keyboard("654321");
  expect(screen.getByLabelText("Code")).toHaveValue("654321");
});

test("a password goes as it was typed, blanks and all", async () => {
  const prove = vi.fn(async () => {});
  const user = setup(["password"], prove);
  await user.type(screen.getByLabelText("Password"), " two  words {Enter}");
  expect(prove).toHaveBeenCalledExactlyOnceWith({ password: " two  words " });
  expect(screen.queryByRole("button", { name: /^Use/ })).toBeNull();
});
