/** Proving who one is: the ways there are, what is typed for them, and refusals in plain words. */
import { ApiError, wordsFor } from "./api/problem";
import type { Method } from "./api/types";
import { wait } from "./format";
import { passkeyProblem } from "./passkeys";

/** The switch from one way to another, as a button's words. */
export const SWITCH: Record<Method, string> = {
  password: "Use your password",
  totp: "Use your authenticator app",
  passkey: "Use a passkey",
  "recovery-code": "Use a recovery code",
};

/** For a field that was left empty. */
export const MISSING = { password: "Type your password.", totp: "Type the code.", "recovery-code": "Type the code." };

const REFUSED: Record<Method, string> = {
  password: "The password is not right.",
  totp: "The code is not right, or was used already. Wait for the next one.",
  passkey: "This passkey is not one of this account’s.",
  "recovery-code": "The code is not right, or was used already.",
};

/** A code as it is meant: apps show it in two halves, and people copy what is around it. */
export const codeIn = (text: string, method: Method) =>
  method === "totp" ? text.replace(/\D/g, "") : text.trim().replace(/\s+/g, "");

/** The words beside the field. */
export function proofProblem(error: unknown, method: Method): string {
  if (!(error instanceof ApiError)) return passkeyProblem(error) ?? wordsFor(error);
  if (error.status === 429) {
    return `Too many tries. ${error.retryAfter ? `Try again in ${wait(error.retryAfter)}.` : "Wait a little and try again."}`;
  }
  if (error.code === "invalid-credentials" || error.status === 422) return REFUSED[method];
  return error.detail;
}
