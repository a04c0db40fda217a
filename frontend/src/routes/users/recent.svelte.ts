/** The user just created: the list shows them at once, on whichever page they belong. */
import type { User } from "$lib/api/types";

export const recent = $state<{ user: User | null }>({ user: null });
