/** The activity in words: "Ada Lovelace disabled the user". */
import type { Activity } from "./api/types";

const WORDS: Record<string, string> = {
  "portal.set-up": "set up the portal",
  "settings.updated": "changed the settings",
  "user.created": "created the user",
  "user.signed-up": "signed up",
  "user.updated": "changed the user",
  "user.approved": "approved the user",
  "user.declined": "declined the user",
  "user.disabled": "disabled the user",
  "user.enabled": "enabled the user",
  "user.deleted": "moved the user to the bin",
  "user.restored": "restored the user from the bin",
  "user.purged": "deleted the user for good",
  "users.exported": "exported all users",
  "password.chosen": "chose a password",
  "password.changed": "changed the password",
  "password.reset": "set a new password by link",
  "session.started": "signed in",
  "session.ended": "ended a session",
  "impersonation.started": "logged in as the user",
  "impersonation.ended": "stopped acting as the user",
  "link.made": "made a one-time link",
  "link.shown": "looked at a one-time link",
  "link.used": "used a one-time link",
  "link.ended": "made a one-time link void",
  "sign-up.started": "asked for an account",
  "sign-up.ended": "did not confirm the sign-up in time",
  "email-change.asked": "asked to change the e-mail",
  "email.changed": "changed the e-mail",
  "group.created": "created the group",
  "group.updated": "changed the group",
  "group.deleted": "deleted the group",
  "project.created": "created the project",
  "project.updated": "changed the project",
  "project.deleted": "deleted the project",
  "member.added": "added the user to a project",
  "member.removed": "removed the user from a project",
  "mail.queued": "had a mail sent",
  "mail.retried": "had a mail tried again",
  "mail.cancelled": "cancelled a mail",
};

/** An action without words of its own still reads: "thing.done" becomes "thing done". */
export const actionWords = (action: string) => WORDS[action] ?? action.replace(/[.-]/g, " ");

export const ACTIONS = Object.keys(WORDS);

/** Where the subject of an activity has its page. */
export function subjectPath(subject: Activity["subject"]): string | null {
  const pages: Record<string, string> = { user: "/users/", project: "/projects/", group: "/groups/" };
  const page = subject && pages[subject.kind];
  return page ? page + encodeURIComponent(subject.id) : null;
}

const FIELDS: Record<string, string> = { email: "e-mail", expires_at: "expires", until: "until" };
export const fieldWords = (field: string) => FIELDS[field] ?? field.replace(/_/g, " ");

/** A value before or after, as words. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value)) return value.length ? value.map(valueWords).join(", ") : "nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

export interface ChangeWords {
  field: string;
  before: string;
  after: string;
}

/** What changed; a list shows only what came and went. */
export function changesOf(activity: Activity): ChangeWords[] {
  return Object.entries(activity.changes).map(([field, [before, after]]) => ({
    field: fieldWords(field),
    before: valueWords(before),
    after: valueWords(after),
  }));
}
