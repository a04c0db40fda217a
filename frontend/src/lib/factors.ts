/** Second factors in words. */
import type { Factor, FactorKind } from "./api/types";

export const FACTOR_KINDS: Record<FactorKind, string> = {
  totp: "Authenticator app",
  passkey: "Passkey",
  "recovery-codes": "Recovery codes",
};

/** What removing a factor means for signing in, given those that stay. */
export function removalWords(factor: Factor, all: Factor[]): string {
  const stay = all.filter((one) => one.id !== factor.id);
  if (factor.kind === "recovery-codes")
    return "The codes stop working. If you lose your other factors, only an admin can let you in.";
  if (stay.some((one) => one.kind !== "recovery-codes")) return "It stops working at once. Your other factors stay.";
  return "It is your last one: from now on your password alone signs you in, and your recovery codes go as well.";
}
