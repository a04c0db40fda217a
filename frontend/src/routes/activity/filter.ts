/** What is listed of the activity, as it stands in the address. Days there are the reader's own. */
import { KINDS, NAMES } from "$lib/activity-names";
import { readAddress, writeAddress, type AddressState } from "$lib/address";
import type { Query } from "$lib/api/client";
import { groupedBy } from "$lib/collect";

export interface Filter extends AddressState {
  /** Ids of a user, and of anything. */
  actor: string;
  subject: string;
  /** A whole action, or its first part. */
  action: string;
  /** The first and the last day, as 2026-11-24. */
  from: string;
  to: string;
  page: string;
}

export const EVERYTHING: Filter = { actor: "", subject: "", action: "", from: "", to: "", page: "1" };
export const PER_PAGE = 50;

/** Midnight at which a day begins, some days later; null for what is no day. */
function midnight(day: string, later = 0): string | null {
  const [year, month, date] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(day)?.slice(1) ?? []).map(Number);
  if (!year || !month || !date) return null;
  const at = new Date(year, month - 1, date);
  // 31 February is not a day, though it can be counted to.
  if (at.getMonth() !== month - 1) return null;
  return new Date(year, month - 1, date + later).toISOString();
}

export function parseFilter(search: string): Filter {
  const read = readAddress(search, EVERYTHING);
  const day = (value: string) => (midnight(value) ? value : "");
  return { ...read, from: day(read.from), to: day(read.to) };
}

export const formatFilter = (filter: Filter) => writeAddress(filter, EVERYTHING);

/** What the server is asked: from the first day's start up to, but not including, the day after the last. */
export function toQuery({ actor, subject, action, from, to }: Filter): Query {
  return { actor, subject, action, from: midnight(from), to: midnight(to, 1) };
}

export interface ActionChoice {
  value: string;
  label: string;
  group?: string;
}

/** The actions as choices, by what they are about; a kind with several can be chosen whole. */
export function actionChoices(): ActionChoice[] {
  return groupedBy(Object.keys(NAMES), (action) => action.split(".")[0]!).flatMap(([kind, actions]) => {
    const group = KINDS[kind] ?? kind;
    const whole = actions.length > 1 ? [{ value: kind, label: `${group}: everything`, group }] : [];
    return [...whole, ...actions.map((action) => ({ value: action, label: NAMES[action]!, group }))];
  });
}
