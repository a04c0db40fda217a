/** Whom a session reaches by its groups, and whom a group would reach that is limited to others. */
import type { Group, Permission } from "$lib/api/types";
import { session } from "$lib/session.svelte";
import { aboutUsers } from "./permissions";

/** The groups over whose users this session holds a permission; null: everybody, or it is for the server to say. */
export function reachOf(groups: Group[], permission: Permission): Set<string> | null {
  const own = session.current?.user.groups ?? [];
  const giving = groups.filter(
    ({ id, permissions }) => own.some((one) => one.id === id) && permissions.includes(permission),
  );
  if (giving.length === 0 || giving.some((group) => group.limited_to === null)) return null;
  return new Set(giving.flatMap((group) => group.limited_to ?? []).map(({ id }) => id));
}

/** Whether the number of a group's users is known to this session: of other groups it is told only of those it sees. */
export function countsUsersOf(groups: Group[]): (id: string) => boolean {
  const reach = reachOf(groups, "users.read");
  return (id) => reach === null || reach.has(id);
}

/**
 * What a group permits beyond a group that is limited to some: whoever holds that alone sees its users, but may not
 * change them, for nobody changes somebody who may do more.
 */
export function beyondLimit(group: Group, limited: { permissions: Permission[]; limited_to: string[] }): Permission[] {
  const { limited_to } = group;
  // What reaches everybody is never given by a limit.
  if (limited_to === null) return group.permissions;
  const within = limited_to.every(({ id }) => limited.limited_to.includes(id));
  return group.permissions.filter((one) => aboutUsers(one) && !(within && limited.permissions.includes(one)));
}
