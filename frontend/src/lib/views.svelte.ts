/** One's saved views of the list of users: the navigation shows them, the Users page saves them. */
import type { View } from "./api/types";
import { changeMyView, createMyView, deleteMyView, listMyViews } from "./api/views";
import { toasts } from "./toasts.svelte";

class Views {
  list = $state.raw<View[]>([]);
  /** The one that the list was opened from, whatever was narrowed down or sorted since. */
  opened = $state<string | null>(null);
  /** Whose they are: another account, or acting as one, has its own. */
  #of = "";

  async load(user: string): Promise<void> {
    if (this.#of === user) return;
    this.#of = user;
    this.list = [];
    this.opened = null;
    // Without them the navigation is as it was; the next sign-in or reload asks again.
    const all = await listMyViews().catch(() => []);
    if (this.#of === user) this.#set([...all, ...this.list.filter((view) => !all.some((one) => one.id === view.id))]);
  }

  async save(name: string, query: string): Promise<void> {
    const view = await createMyView(name, query);
    this.#set([...this.list, view]);
  }

  async rename(id: string, name: string): Promise<void> {
    await this.#change(id, { name });
  }

  /** Has a view show another list; what it showed before is one press away. */
  async update({ id, name, query: before }: View, query: string): Promise<void> {
    await this.#change(id, { query });
    toasts.done(`“${name}” now shows this list.`, {
      label: "Undo",
      run: () => this.#change(id, { query: before }),
    });
  }

  async remove({ id, name, query }: View): Promise<void> {
    await deleteMyView(id);
    this.list = this.list.filter((one) => one.id !== id);
    toasts.done(`The view “${name}” is deleted.`, { label: "Undo", run: () => this.save(name, query) });
  }

  async #change(id: string, patch: { name?: string; query?: string }): Promise<void> {
    const view = await changeMyView(id, patch);
    this.#set(this.list.map((one) => (one.id === id ? view : one)));
  }

  #set(list: View[]): void {
    this.list = list.sort((a, b) => a.name.localeCompare(b.name));
  }
}

export const views = new Views();
