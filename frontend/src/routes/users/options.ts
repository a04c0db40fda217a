/** The groups as choices: nobody can give a permission that they don't have. */
import type { Group } from "$lib/api/types";
import { session } from "$lib/session.svelte";

export function groupOptions(groups: Group[]) {
  const mine = session.current?.permissions ?? [];
  return groups.map((group) => {
    const beyond = group.permissions.some((permission) => !mine.includes(permission));
    return {
      id: group.id,
      name: group.name,
      hint: beyond ? "Has permissions that you don’t have." : group.description,
      disabled: beyond,
    };
  });
}
