/** Asks the server for the list: one request at a time, and the rows shown stay until new ones are here. */
import { isAbort } from "$lib/api/problem";
import type { UserList } from "$lib/api/types";
import { listUsers } from "$lib/api/users";
import { formatListState, toUserQuery, type ListState } from "./query";

/** The last answer, so that coming back from a user's page shows the list at once. */
let last: { address: string; list: UserList; all: number | null; scrolled: number } | null = null;

/** The query string of the list shown last, to lead back to it; "" while there was none. */
export const lastList = () => last?.address ?? "";

/** While the index is being built, in milliseconds. */
const AGAIN = 2000;

/** How far down the reader was when they left the list. */
export const noteScroll = (y: number) => void (last && (last.scrolled = y));
export const scrolledTo = () => last?.scrolled ?? 0;

export class UserSearch {
  list = $state.raw<UserList | null>(null);
  /** How many users there are in all, disabled ones included, the bin not. */
  all = $state<number | null>(null);
  error = $state.raw<unknown>(null);
  busy = $state(false);
  #request: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;

  async show(state: ListState): Promise<void> {
    const address = formatListState(state);
    if (!this.list && last?.address === address) {
      this.list = last.list;
      this.all = last.all;
    }
    this.stop();
    const request = (this.#request = new AbortController());
    this.busy = true;
    try {
      this.list = await listUsers(toUserQuery(state), request.signal);
      this.error = null;
      last = { address, list: this.list, all: this.all, scrolled: scrollY };
      // More users come onto the list as its index is built.
      if (this.list.building) this.#again = setTimeout(() => void this.show(state), AGAIN);
    } catch (error) {
      // A newer request took this one's place: its answer counts.
      if (isAbort(error) || request !== this.#request) return;
      this.error = error;
    }
    this.busy = false;
  }

  async countAll(): Promise<void> {
    const list = await listUsers({ disabled: "include", per_page: 1 }).catch(() => null);
    if (list) this.all = list.total;
    if (last) last.all = this.all;
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#request?.abort();
  }
}
