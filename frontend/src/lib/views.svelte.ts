/** One's saved views of the list of users: the navigation shows them, the Users page saves them. */
import type { View } from "./api/types";
import { createMyView, deleteMyView, listMyViews, renameMyView } from "./api/views";
import { toasts } from "./toasts.svelte";

class Views {
  list = $state.raw<View[]>([]);
  /** Whose they are: another account, or acting as one, has its own. */
  #of = "";

  async load(user: string): Promise<void> {
    if (this.#of === user) return;
    this.#of = user;
    this.list = [];
    // Without them the navigation is as it was; the next sign-in or reload asks again.
    const all = await listMyViews().catch(() => []);
    if (this.#of === user) this.#set([...all, ...this.list.filter((view) => !all.some((one) => one.id === view.id))]);
  }

  async save(name: string, query: string): Promise<void> {
    const view = await createMyView(name, query);
    this.#set([...this.list, view]);
  }

  async rename(id: string, name: string): Promise<void> {
    const view = await renameMyView(id, name);
    this.#set(this.list.map((one) => (one.id === id ? view : one)));
  }

  async remove({ id, name, query }: View): Promise<void> {
    await deleteMyView(id);
    this.list = this.list.filter((one) => one.id !== id);
    toasts.done(`The view “${name}” is deleted.`, { label: "Undo", run: () => this.save(name, query) });
  }

  #set(list: View[]): void {
    this.list = list.sort((a, b) => a.name.localeCompare(b.name));
  }
}

export const views = new Views();
