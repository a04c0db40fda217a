/** The groups as choices: nobody can give a permission that they don't have, nor reach further. */
import type { Group } from "$lib/api/types";
import { session } from "$lib/session.svelte";
import { reachOf } from "../groups/reach";

/** The groups whose users this session looks after. */
const lookedAfter = (groups: Group[]) => reachOf(groups, "users.write");

export function groupOptions(groups: Group[]) {
  const mine = session.current?.permissions ?? [];
  const reach = lookedAfter(groups);
  return groups.map((group) => {
    const wider =
      reach !== null && group.limited_to === null && group.permissions.some((one) => one.startsWith("users."));
    const beyond = wider || group.permissions.some((permission) => !mine.includes(permission));
    const outside = reach !== null && !reach.has(group.id);
    return {
      id: group.id,
      name: group.name,
      hint: beyond
        ? "Has permissions that you don’t have."
        : outside
          ? "Not one of the groups that you look after."
          : group.description,
      disabled: beyond || outside,
    };
  });
}

/** What becomes of a new user for whom nothing is checked. */
export function noneMeans(groups: Group[]): string {
  const reach = lookedAfter(groups);
  const inReach = groups.filter(({ id }) => reach?.has(id));
  if (reach === null || inReach.some((group) => group.built_in && group.name === "Customer"))
    return "None checked means Customer.";
  return inReach.length === 1 ? `None checked means ${inReach[0]!.name}.` : "Check one at least.";
}
