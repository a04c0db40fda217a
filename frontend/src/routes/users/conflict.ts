/** Two people edit one user: what the other changed, and what of one's own stays. */
import type { Ref, User } from "$lib/api/types";
import { personOf, type Person } from "./person";

/** Everything on the form, as text or ids. */
export interface Draft extends Person {
  groups: string[];
}

export const draftOf = (user: User): Draft => ({ ...personOf(user), groups: user.groups.map((group) => group.id) });

const same = (a: string | string[], b: string | string[]) =>
  Array.isArray(a) && Array.isArray(b) ? [...a].sort().join() === [...b].sort().join() : a === b;

const FIELDS = ["name", "email", "company", "phone", "notes", "groups"] as const;
export type DraftField = (typeof FIELDS)[number];

/** The fields in which two drafts differ. */
export const differing = (a: Draft, b: Draft): DraftField[] => FIELDS.filter((field) => !same(a[field], b[field]));

/** What to send: only what differs from what was read; an emptied field is cleared. */
export function patchOf(read: Draft, typed: Draft) {
  return Object.fromEntries(
    differing(read, typed).map((field) => {
      const value = typed[field];
      return [
        field,
        Array.isArray(value) ? value : value.trim() || (field === "name" || field === "email" ? "" : null),
      ];
    }),
  );
}

/** One field that someone else changed meanwhile. */
export interface Meanwhile {
  field: DraftField;
  before: string;
  now: string;
  /** Whether it was typed in here as well: then saving puts this over theirs. */
  alsoTyped: boolean;
}

const shown = (user: User, field: DraftField) =>
  field === "groups" ? user.groups.map((group: Ref) => group.name).join(", ") : (user[field] ?? "");

/** Takes over what someone else changed, except where something was typed here: that is kept. */
export function merge(read: User, latest: User, typed: Draft): { draft: Draft; meanwhile: Meanwhile[] } {
  const mine = differing(draftOf(read), typed);
  const theirs = differing(draftOf(read), draftOf(latest));
  const draft = { ...draftOf(latest), ...Object.fromEntries(mine.map((field) => [field, typed[field]])) };
  const meanwhile = theirs.map((field) => ({
    field,
    before: shown(read, field),
    now: shown(latest, field),
    alsoTyped: mine.includes(field),
  }));
  return { draft, meanwhile };
}
