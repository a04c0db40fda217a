/** The copy of a welcome that its writer asked for: it has the same subject, but nobody gets in by it. */
import type { Mail } from "./api/types";

export const isCopy = ({ kind }: Pick<Mail, "kind">) => kind === "welcome-copy";

/** "Copy of the mail to Ada", where that mail is among those listed; null for what is no copy. */
export function copyWords(mail: Mail, listed: Mail[]): string | null {
  if (!isCopy(mail)) return null;
  const original = listed.find((other) => other.kind === "welcome" && other.user_id === mail.user_id);
  return original ? `Copy of the mail to ${original.to_name ?? original.to}` : "Copy of a welcome";
}
