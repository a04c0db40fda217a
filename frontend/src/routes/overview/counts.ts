/** What the charts of the overview are made of. */
import type { OnDay, Stats } from "$lib/api/types";
import { count, counted, dayOfYear } from "$lib/format";

export const sumOf = (days: OnDay[]) => days.reduce((sum, { users }) => sum + users, 0);

/** A round number that the highest bar stays below. */
export function ceilingOf(highest: number): number {
  if (highest <= 4) return 4;
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  return magnitude * [1, 2, 5, 10].find((step) => highest <= magnitude * step)!;
}

/** A chart of days in a sentence, for those who can't see it. */
export function inWords(title: string, days: OnDay[], adds: boolean): string {
  const top = days.reduce((top, day) => (day.users > top.users ? day : top), days[0]!);
  const span = `${title} on each of the last ${count(days.length)} days`;
  if (top.users === 0) return `${span}: none.`;
  const all = adds ? `${count(sumOf(days))} in all, ` : "";
  return `${span}: ${all}most on ${dayOfYear(top.day)} (${count(top.users)}), ${counted(days.at(-1)!.users, "user")} today.`;
}

/** The days on which there was somebody, the newest first. */
export const busyDays = (days: OnDay[]) => days.filter(({ users }) => users > 0).reverse();

type Groups = Stats["groups"];

/** The largest groups, and how many are left out; groups without users are not drawn. */
export function largest(groups: Groups, most: number): { shown: Groups; more: number } {
  const used = groups.filter(({ users }) => users > 0).sort((a, b) => b.users - a.users);
  return { shown: used.slice(0, most), more: Math.max(0, used.length - most) };
}
