import { expect, test } from "vitest";
import { ApiError } from "./api/problem";
import { codeIn, proofProblem } from "./proof";

test("a code is taken as it was pasted", () => {
  expect(codeIn(" 123 456 ", "totp")).toBe("123456");
  expect(codeIn("123-456", "totp")).toBe("123456");
  expect(codeIn(" abcd-efgh \n", "recovery-code")).toBe("abcd-efgh");
});

test("a refusal says what is to be done next, by the way that was tried", () => {
  const wrong = new ApiError(401, "invalid-credentials", "No.");
  expect(proofProblem(wrong, "totp")).toMatch(/Wait for the next one/);
  expect(proofProblem(wrong, "password")).toBe("The password is not right.");
  expect(proofProblem(new ApiError(429, "too-many-requests", "No.", [], 90), "totp")).toBe(
    "Too many tries. Try again in 2 minutes.",
  );
  expect(proofProblem(new ApiError(0, "unreachable", "The portal can’t be reached."), "totp")).toMatch(/reached/);
  expect(proofProblem(new DOMException("closed", "NotAllowedError"), "passkey")).toMatch(/Try again/);
});
