/** The list's state as it stands in the address: reload, back and a pasted link restore it. */
import type { UserFilter, UserQuery } from "$lib/api/users";

export const FIELDS = ["name", "email", "company", "groups"] as const;
const SORTS = ["name", "email", "company", "groups", "created", "last_seen"];
const STATES = ["active", "invited", "pending", "disabled", "deleted"];
export const PER_PAGE = 50;

export interface ListState {
  q: string;
  /** One of FIELDS, or "" for all. */
  field: string;
  /** A column, with a leading "-" when reversed; "" leaves it to the server. */
  sort: string;
  disabled: "exclude" | "include" | "only";
  state: string;
  group: string;
  project: string;
  page: number;
}

export const EVERYTHING: ListState = {
  q: "",
  field: "",
  sort: "",
  disabled: "exclude",
  state: "",
  group: "",
  project: "",
  page: 1,
};

const oneOf = (value: string | null, allowed: readonly string[]) => (value && allowed.includes(value) ? value : "");

/** Reads an address, whatever it holds: what is not understood is left out. */
export function parseListState(search: string): ListState {
  const params = new URLSearchParams(search);
  const sort = params.get("sort") ?? "";
  const page = Number(params.get("page"));
  return {
    q: params.get("q") ?? "",
    field: oneOf(params.get("field"), FIELDS),
    sort: SORTS.includes(sort.replace(/^-/, "")) ? sort : "",
    disabled: (oneOf(params.get("disabled"), ["include", "only"]) || "exclude") as ListState["disabled"],
    state: oneOf(params.get("state"), STATES),
    group: params.get("group") ?? "",
    project: params.get("project") ?? "",
    page: Number.isSafeInteger(page) && page >= 1 && page <= 1e9 ? page : 1,
  };
}

/** The address of a state; what is as usual is not in it. */
export function formatListState(state: ListState): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(EVERYTHING) as (keyof ListState)[]) {
    if (state[key] !== EVERYTHING[key]) params.set(key, String(state[key]));
  }
  const search = params.toString();
  return search && `?${search}`;
}

/** Which users the state means, whatever their order. */
export const toUserFilter = ({ q, field, disabled, state, group, project }: ListState): UserFilter => ({
  q,
  field,
  disabled: disabled === "exclude" ? "" : disabled,
  state,
  group,
  project,
});

export const toUserQuery = (list: ListState): UserQuery => ({
  ...toUserFilter(list),
  sort: list.sort,
  page: list.page,
  per_page: PER_PAGE,
});

/** What sorts the rows: a column that was clicked, else name; nothing marks "best match first". */
export function shownSort(state: ListState): string | null {
  return state.sort || (state.q.trim() ? null : "name");
}

/** A list as a view keeps it: whatever the page. */
export const viewQuery = (state: ListState) => formatListState({ ...state, page: 1 }).slice(1);

/** The list of those who wait for approval. */
export const PENDING = "state=pending";

/** Whether there is nothing to save: all users, or all of the bin. */
export const isPlain = (state: ListState) => ["", "state=deleted", PENDING].includes(viewQuery(state));

/** The saved view that shows just this. */
export const viewOf = <V extends { query: string }>(state: ListState, views: V[]): V | null =>
  views.find((view) => viewQuery(parseListState(view.query)) === viewQuery(state)) ?? null;
