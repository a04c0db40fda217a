/** The refusals of a sign-in, in plain words. */
import { ApiError, wordsFor } from "./api/problem";
import type { ProofAsked } from "./api/types";
import { wait } from "./format";
import { mailsLeave } from "./mails";
import { passkeyProblem } from "./passkeys";

const WORDS: Record<string, string> = {
  "invalid-credentials": "The e-mail or the password is not right.",
  "account-disabled": "This account is disabled. If that is unexpected, submit a request.",
  "account-pending": "This account waits for an admin’s approval.",
};

/** What is to be asked next, when the password was right but is not enough. */
export const secondStep = (error: unknown): ProofAsked | null =>
  error instanceof ApiError && error.code === "second-factor-required" ? error.proof : null;

/** The second step waits five minutes for its answer; then it begins anew with the password. */
export const isOver = (error: unknown) => error instanceof ApiError && error.code === "unauthenticated";

export function signInProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return passkeyProblem(error) ?? wordsFor(error);
  if (error.status === 429) {
    return `Too many tries. ${error.retryAfter ? `Try again in ${wait(error.retryAfter)}.` : "Wait a little and try again."}`;
  }
  const words = WORDS[error.code] ?? error.detail;
  const told = error.code === "account-pending" && mailsLeave();
  return told ? `${words} You get an e-mail when it is approved.` : words;
}
