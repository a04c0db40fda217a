/** What changed, in words: the fields that the activity names, and their values. */
import type { Activity, FactorKind } from "./api/types";
import { stateWords, type State } from "./components/StateBadge.svelte";
import { deviceWords } from "./device";
import { FACTOR_KINDS } from "./factors";
import { dateTime } from "./format";

const FIELDS: Record<string, string> = {
  email: "e-mail",
  to: "to",
  limited_to: "applies to users in",
  expires_at: "runs out",
  until: "ends",
  write: "may act",
  via: "joined as",
  left: "codes left",
  skipped: "left alone",
  kept: "left alone",
  purpose: "for",
  query: "list",
  count: "entries",
  up_to: "up to entry",
  portal_name: "name of the portal",
  accent_color: "accent colour",
  "support.email": "support e-mail",
  "support.url": "support address",
  sign_up_reminder: "reminder of who waits",
  "welcome.subject": "subject of the welcome",
  "welcome.text": "text of the welcome",
  password_min_length: "minimum password length",
  require_factor_groups: "groups that must have a second factor",
  bin_days: "days in the bin",
  activity_days: "days that activity is kept",
  impersonation_notice: "mail about logging in as someone",
};
export const fieldWords = (field: string) => FIELDS[field] ?? field.replace(/[._]/g, " ");

/** What the sentence says already, or what says nothing to a reader, by action. */
const UNSAID: [action: RegExp, fields: string[]][] = [
  [/^member\./, ["project"]],
  [/^factor\./, ["factor"]],
  [/^token\./, ["token"]],
  [/^users\./, ["action", "target", "users", "undone"]],
  [/^view\./, ["query"]],
  [/^(impersonation\.ended|session\.)/, ["write", "until"]],
];

const VALUES: Record<string, Record<string, string>> = {
  via: { creator: "its creator", admin: "an admin", added: "a member added by hand" },
  purpose: {
    welcome: "a first password",
    "sign-up": "proving an e-mail",
    "password-reset": "a new password",
    "email-change": "a new e-mail",
  },
};

/** A value before or after, as words. */
export function valueWords(value: unknown, field = ""): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length ? value.map((one) => valueWords(one)).join(", ") : "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "string") return String(value);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return dateTime(value);
  if (field === "device") return deviceWords(value);
  if (field === "state") return stateWords(value as State)?.toLowerCase() ?? value;
  if (field === "kind") return FACTOR_KINDS[value as FactorKind] ?? value.replaceAll("-", " ");
  return VALUES[field]?.[value] ?? value;
}

export interface ChangeWords {
  field: string;
  /** Null for something new, which had nothing before. */
  before: string | null;
  after: string;
}

/** After these, what had nothing before is no change but what it was about. */
const MAKES =
  /^(users|activity|impersonation)\.|\.(created|set-up|signed-up|started|made|added|queued|chosen|shown|asked|backed-up)$/;

/** What changed; what is nothing before and after, or was said, is left out. */
export function changesOf({ action, changes }: Activity): ChangeWords[] {
  const unsaid = UNSAID.flatMap(([of, fields]) => (of.test(action) ? fields : []));
  return Object.entries(changes)
    .filter(([field, [before, after]]) => !unsaid.includes(field) && !(before === null && after === 0))
    .map(([field, [before, after]]) => ({
      field: fieldWords(field),
      before: valueWords(before, field),
      after: valueWords(after, field),
    }))
    .filter(({ before, after }) => before !== after)
    .map((change) => (MAKES.test(action) && change.before === "nothing" ? { ...change, before: null } : change));
}
