/** Which users are selected: some, from any page of one list, or all that match. */
import { SvelteMap } from "svelte/reactivity";
import type { Bulk, Matched, User } from "$lib/api/types";
import type { ListState } from "./query";

export class Selection {
  #chosen = new SvelteMap<string, string>();
  /** All that match, those on other pages too. */
  all = $state(false);
  /** The last one clicked: a range begins there. */
  #anchor = "";
  #within = "";

  has = (id: string) => this.all || this.#chosen.has(id);
  get some(): boolean {
    return this.all || this.#chosen.size > 0;
  }
  /** How many, of a list with so many in all. */
  count = (total: number) => (this.all ? total : this.#chosen.size);
  /** The one clicked last, or "". */
  get last(): string {
    return this.#anchor;
  }
  /** As far as it was seen here. */
  nameOf = (id: string) => this.#chosen.get(id);
  /** The names of those selected, to tell later who was left alone. */
  names = () => Object.fromEntries(this.#chosen);

  /** Selects one or lets them go; with `range` all from the last one clicked to here. */
  toggle(user: User, rows: User[], range = false): void {
    const on = !this.has(user.id);
    if (this.all) {
      // All but one: all on this page but one. How many that are is said.
      this.all = false;
      this.#set(rows, true);
    }
    const [from, to] = [this.#at(rows, this.#anchor), this.#at(rows, user.id)].sort((a, b) => a - b) as [
      number,
      number,
    ];
    this.#set(range && from >= 0 ? rows.slice(from, to + 1) : [user], on);
    this.#anchor = user.id;
  }

  onPage(rows: User[]): "all" | "some" | "none" {
    const on = rows.filter((user) => this.has(user.id)).length;
    return on === 0 ? "none" : on === rows.length ? "all" : "some";
  }

  togglePage(rows: User[]): void {
    const on = this.onPage(rows) !== "all";
    if (this.all) this.clear();
    else this.#set(rows, on);
  }

  clear(): void {
    this.all = false;
    this.#chosen.clear();
    this.#anchor = "";
  }

  /** A selection is of one list: other pages and orders of it keep it, another search does not. */
  keepWithin(list: ListState): void {
    const key = JSON.stringify({ ...list, page: 1, sort: "" });
    if (key !== this.#within) this.clear();
    this.#within = key;
  }

  /** As the server wants to know it; `matchedBy` is what the list said of those it shows. */
  chosen(list: ListState, matchedBy: Matched): Pick<Bulk, "ids" | "matching"> {
    if (!this.all) return { ids: [...this.#chosen.keys()] };
    const { q, field, disabled, state, group, project } = list;
    const asked = Object.entries({ q, field, disabled, state, group, project }).filter(([, value]) => value !== "");
    return { matching: { ...Object.fromEntries(asked), matched_by: matchedBy } };
  }

  #at = (rows: User[], id: string) => rows.findIndex((user) => user.id === id);
  #set(users: User[], on: boolean): void {
    for (const { id, name } of users) {
      if (on) this.#chosen.set(id, name);
      else this.#chosen.delete(id);
    }
  }
}
