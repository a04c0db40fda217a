/** The permissions of a group, as words and as choices: nobody can give one that they don't have. */
import type { Group, Permission, PermissionInfo } from "$lib/api/types";

/** How much a group may do, for a list. */
export function powerWords(held: Permission[], all: PermissionInfo[]): string {
  if (held.length === 0) return "None";
  if (all.length > 0 && held.length >= all.length) return "All";
  if (held.length > 2) return `${held.length}${all.length ? ` of ${all.length}` : ""}`;
  return held.join(", ");
}

/** Whom a group's permissions reach, for a list; null: everybody, of which nothing need be said. */
export function reachWords({ limited_to }: Pick<Group, "limited_to">): string | null {
  if (limited_to === null) return null;
  if (limited_to.length === 0) return "Over nobody: choose its groups anew";
  return `Over users in ${limited_to.map(({ name }) => name).join(", ")}`;
}

/** Only what is about users can be limited to some of them. */
const aboutUsers = (name: Permission) => name.startsWith("users.");

/** `limited`: the group reaches only some users; `held`: what it holds, so that it can be taken away. */
export function permissionOptions(
  all: PermissionInfo[],
  mine: Permission[],
  { fixed = false, limited = false, held = [] }: { fixed?: boolean; limited?: boolean; held?: Permission[] } = {},
) {
  return all.map(({ name, description }) => {
    const beyond = !mine.includes(name);
    const wider = limited && !aboutUsers(name);
    const why = beyond
      ? `${name} – you don’t have it yourself, so you can’t give it.`
      : wider
        ? `${name} – not with a limit: it is about more than users.`
        : name;
    return {
      id: name,
      name: description,
      hint: why,
      disabled: fixed || beyond || (wider && !held.includes(name)),
    };
  });
}

/** Why a session can't change a group; null when it can. */
export function fixedBecause(group: Group, mine: Permission[], writes: boolean): string | null {
  // Its name is fixed too, so it tells.
  if (group.built_in && group.name === "Admin") return "Admin is fixed: whoever is in it can do everything, always.";
  if (!writes) return "You can look at this group but not change it.";
  const beyond = group.permissions.some((permission) => !mine.includes(permission));
  return beyond ? "This group has permissions that you don’t have, so you can look at it but not change it." : null;
}
