/** The activity in words: "Ada Lovelace disabled Bob, acting as Carl". */
import type { Activity, Ref } from "./api/types";
import { bulkLabel, pastWords } from "./bulk";
import { counted } from "./format";

/**
 * What was done: "{}" is what it was done to, "{project}" the project it is about. Where two are
 * given, the second is said of people who do it to themselves; {own} is "their", or "your" for you.
 */
const WORDS: Record<string, string | [other: string, self: string]> = {
  "portal.set-up": "set up the portal",
  "portal.backed-up": "made a backup of the portal",
  "portal.restored": "restored the portal from a backup",
  "settings.updated": "changed the settings",
  "user.created": "created {}",
  "user.signed-up": ["signed {} up", "signed up"],
  "user.joined": ["let {} in", "proved the e-mail and joined"],
  "user.updated": ["changed {}", "changed {own} details"],
  "user.approved": "approved {}",
  "user.declined": "declined {}",
  "user.disabled": "disabled {}",
  "user.enabled": "enabled {}",
  "user.deleted": "moved {} to the bin",
  "user.restored": "restored {} from the bin",
  "user.purged": "deleted {} for good",
  "users.exported": "exported all users",
  "users.bulk": "{bulk}",
  "users.bulk-undone": "undid {label} for {users}",
  "users.bulk-cut-off": "found {label} cut off after {users}",
  "users.imported": "{bulk}",
  "users.import-undone": "undid an import of {users}",
  "password.chosen": ["chose a password for {}", "chose a password"],
  "password.changed": ["changed the password of {}", "changed {own} password"],
  "password.reset": ["set a new password for {}", "set a new password by link"],
  "password.rehashed": ["renewed the stored form of the password of {}", "renewed the stored form of {own} password"],
  "password.removed": ["removed the password of {}", "removed {own} password"],
  "session.started": ["signed {} in", "signed in"],
  "session.renewed": "returned from acting as {}",
  "session.proven": ["proved to be {}", "proved {own} identity again"],
  "session.ended": ["ended a session of {}", "ended a session"],
  "factor.added": ["added the second factor {factor} of {}", "added the second factor {factor}"],
  "factor.updated": ["changed the second factor {factor} of {}", "changed the second factor {factor}"],
  "factor.used": ["used the second factor {factor} of {}", "used the second factor {factor}"],
  "factor.removed": ["removed the second factor {factor} of {}", "removed the second factor {factor}"],
  "token.created": ["made the API token {token} for {}", "made the API token {token}"],
  "token.revoked": ["revoked the API token {token} of {}", "revoked the API token {token}"],
  "token.ended": ["ended the API token {token} of {}", "ended the API token {token}"],
  "impersonation.started": "logged in as {}",
  "impersonation.ended": "stopped acting as {}",
  "link.made": ["made a one-time link for {}", "asked for a one-time link"],
  "link.shown": ["looked at a one-time link for {}", "looked at {own} one-time link"],
  "link.ended": ["made a one-time link for {} void", "made {own} one-time link void"],
  "sign-up.started": "asked for an account for {}",
  "sign-up.ended": "closed the sign-up of {}",
  "sign-up.reminded": "reminded those who may approve that somebody waits",
  "email-change.asked": ["asked to change the e-mail of {}", "asked to change {own} e-mail"],
  "email.changed": ["changed the e-mail of {}", "changed {own} e-mail"],
  "group.created": "created {}",
  "group.updated": "changed {}",
  "group.deleted": "deleted {}",
  "project.created": "created {}",
  "project.updated": "changed {}",
  "project.deleted": "deleted {}",
  "member.added": ["added {} to {project}", "joined {project}"],
  "member.removed": ["removed {} from {project}", "left {project}"],
  "view.created": "saved {}",
  "view.updated": "changed {}",
  "view.deleted": "deleted {}",
  "mail.queued": "had {} sent",
  "mail.retried": "had {} tried again",
  "mail.cancelled": "cancelled {}",
  "mail.removed": "removed {}",
  "activity.exported": "exported the activity",
  "activity.trimmed": "removed old activity",
  "activity.chained": "chained the activity from before",
};

export const ACTIONS = Object.keys(WORDS);

/** Whoever does these has proven to be the one they are done to, also before being signed in. */
const PROVING = [
  "session.started",
  "session.ended",
  "factor.used",
  "user.signed-up",
  "user.joined",
  "password.chosen",
  "password.reset",
  "email.changed",
];

/** A piece of a sentence: words, or the name of somebody or something. */
export interface Part {
  text: string;
  name?: boolean;
  path?: string | null;
}

/** What stands before the name of a thing. */
const CALLED: Record<string, string> = {
  group: "the group ",
  project: "the project ",
  mail: "the mail ",
  view: "the view ",
};

const UNNAMED: Record<string, string> = { user: "someone", group: "a group", project: "a project", mail: "a mail" };

function doerOf(activity: Activity): Ref | null {
  if (activity.actor || !activity.origin || activity.subject?.kind !== "user") return activity.actor;
  return PROVING.includes(activity.action) ? activity.subject : null;
}

/** After these the subject's page is gone. */
const GONE = ["group.deleted", "project.deleted", "user.purged"];

function subjectParts({ subject, action }: Activity, you?: string): Part[] {
  if (!subject) return [{ text: "something" }];
  if (subject.kind === "settings") return [{ text: "the settings" }];
  if (subject.id === you) return [{ text: "you" }];
  // Of what the reader may not see any more, no name is told.
  if (!subject.name) return [{ text: UNNAMED[subject.kind] ?? "something" }];
  // What the server says of whom it no longer has the name.
  const forgotten = subject.name === `a deleted ${subject.kind}`;
  const name = ["mail", "view"].includes(subject.kind) ? `“${subject.name}”` : subject.name;
  return [
    { text: CALLED[subject.kind] ?? "" },
    { text: name, name: true, path: forgotten || GONE.includes(action) ? null : subjectPath(subject) },
  ];
}

/** The project that somebody came into or went out of, the factor or token that came or went: only its name is known. */
function namedIn({ changes }: Activity, what: string): Part[] {
  const name = changes[what]?.[1] ?? changes[what]?.[0];
  if (typeof name !== "string") return [{ text: what === "project" ? "a project" : "" }];
  return [{ text: what === "project" ? name : `“${name}”`, name: true }];
}

/** How many users it was about. */
const usersOf = ({ changes }: Activity) => Number((changes.undone ?? changes.users)?.[1] ?? 0);

/** What was done to many at once; what each of them was before stands with each. */
function bulkWords(activity: Activity): string {
  const target = activity.changes.target?.[1];
  return pastWords(activity.subject?.name ?? "", usersOf(activity), typeof target === "string" ? target : null);
}

/** Said to the one it was done to: "changed your password", "ended a session of yours". */
const yours = (words: string) =>
  words.replace(/\bthe ((?:(?!\bthe\b).)*?) of \{\}/, "your $1").replace("of {}", "of yours");

/** One activity as a sentence; `you` is the id of the one who reads it about themselves. */
export function sentence(activity: Activity, you?: string): Part[] {
  const { action, subject, acting_as: as } = activity;
  const doer = doerOf(activity);
  const isYou = doer !== null && doer.id === you;
  // Without words of its own an action still reads: "thing.made-up" becomes "thing made up".
  const words = WORDS[action] ?? `${action.replace(/[.-]/g, " ")}${subject ? ": {}" : ""}`;
  const [other, self] = Array.isArray(words) ? words : [words, words];
  const own = doer !== null && doer.id === subject?.id;
  const parts: Part[] = [
    doer && !isYou
      ? { text: doer.name, name: true }
      : { text: doer ? "You" : activity.origin ? "Someone not signed in" : "Rollcall" },
    { text: " " },
  ];
  const said = own ? self : subject?.id === you ? yours(other) : other;
  for (const piece of said.split(/(\{\w*\})/)) {
    if (piece === "{}") parts.push(...subjectParts(activity, you));
    else if (/^\{(project|factor|token)\}$/.test(piece)) parts.push(...namedIn(activity, piece.slice(1, -1)));
    else if (piece === "{bulk}") parts.push({ text: bulkWords(activity) });
    else if (piece === "{label}") parts.push({ text: `“${bulkLabel(subject?.name ?? "")}”` });
    else if (piece === "{users}") parts.push({ text: counted(usersOf(activity), "user") });
    else parts.push({ text: piece === "{own}" ? (isYou ? "your" : "their") : piece });
  }
  if (as && !action.startsWith("impersonation.")) {
    parts.push({ text: ", acting as " }, as.id === you ? { text: "you" } : { text: as.name, name: true });
  }
  if (activity.token) parts.push({ text: ", with the API token " }, { text: `“${activity.token}”`, name: true });
  return parts.filter((part) => part.text !== "");
}

/** Where the subject of an activity has its page. */
export function subjectPath(subject: Activity["subject"]): string | null {
  const pages: Record<string, string> = { user: "/users/", project: "/projects/", group: "/groups/" };
  const page = subject && pages[subject.kind];
  return page ? page + encodeURIComponent(subject.id) : null;
}

/** Runs of what happened on one day, as the reader's clock has it. */
export function byDay(items: Activity[]): Activity[][] {
  const days: Activity[][] = [];
  for (const item of items) {
    const last = days.at(-1);
    if (last && new Date(last[0]!.at).toDateString() === new Date(item.at).toDateString()) last.push(item);
    else days.push([item]);
  }
  return days;
}
