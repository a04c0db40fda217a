/** Which forms hold something typed and not saved. */
import { SvelteSet } from "svelte/reactivity";

class Unsaved {
  #forms = new SvelteSet<object>();

  get any() {
    return this.#forms.size > 0;
  }

  /** Whoever chose to leave what was typed behind is not asked again. */
  forget(): void {
    this.#forms.clear();
  }

  /** Call while a component is set up; `dirty` says whether leaving now would lose something. */
  watch(dirty: () => boolean): void {
    const form = {};
    $effect(() => {
      if (dirty()) this.#forms.add(form);
      else this.#forms.delete(form);
      return () => this.#forms.delete(form);
    });
  }
}

export const unsaved = new Unsaved();
