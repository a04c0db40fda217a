/** The refusals of a sign-in, in plain words. */
import { ApiError, wordsFor } from "./api/problem";
import { wait } from "./format";

const WORDS: Record<string, string> = {
  "invalid-credentials": "The e-mail or the password is not right.",
  "account-disabled": "This account is disabled. If that is unexpected, submit a request.",
  "account-pending": "This account waits for an admin’s approval. You get an e-mail when it is approved.",
  "second-factor-required": "This account has a second factor, which this page can’t ask for.",
};

export function signInProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return wordsFor(error);
  if (error.status === 429) {
    return `Too many tries. ${error.retryAfter ? `Try again in ${wait(error.retryAfter)}.` : "Wait a little and try again."}`;
  }
  return WORDS[error.code] ?? error.detail;
}
