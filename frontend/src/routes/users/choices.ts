/** What the list could be narrowed to, with how many users each choice would leave. */
import type { UserFacets, UserState } from "$lib/api/types";
import { stateWords } from "$lib/components/StateBadge.svelte";
import type { ListState } from "./query";

export interface Choice {
  words: string;
  users: number;
  change: Partial<ListState>;
}

/** As many groups stand in the open; the rest are one step away. */
const OPEN = 5;

/** Choices that are made, that leave nobody or that leave everybody are none. */
export function choicesOf(counts: UserFacets, list: ListState): { open: Choice[]; more: Choice[] } {
  const bin = list.state === "deleted";
  const narrows = (users: number, chosen: boolean) => users > 0 && (chosen || users < counts.total);
  const states = counts.states
    .filter(({ state, users }) => !bin && state !== "deleted" && state !== list.state && narrows(users, !!list.state))
    .filter(({ state }) => !(state === "disabled" && list.disabled === "only"))
    .map(({ state, users }) => ({ words: stateWords(state as UserState), users, change: { state } }));
  const groups = counts.groups
    .filter(({ id, users }) => id !== list.group && narrows(users, !!list.group))
    .map(({ id, name, users }) => ({ words: name, users, change: { group: id } }));
  const largest = [...groups].sort((a, b) => b.users - a.users).slice(0, OPEN);
  return {
    open: [...groups.filter((group) => largest.includes(group)), ...states],
    more: groups.filter((group) => !largest.includes(group)),
  };
}
