/** Short messages at the page's edge, with one thing to do, or another to look at. */

export interface ToastAction {
  label: string;
  run: () => void | Promise<void>;
}

export interface Toast {
  id: number;
  text: string;
  tone: "done" | "problem";
  action?: ToastAction;
  /** What there is to read beside it. */
  more?: ToastAction;
  /** The id of whom it is about: news of them takes the place of older news. */
  about?: string;
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  #add(toast: Omit<Toast, "id">): void {
    // The newest three are enough: older ones are in the activity anyway.
    const replaced = (old: Toast) =>
      old.about ? old.about === toast.about : old.tone === "problem" && old.text === toast.text;
    const others = this.list.filter((old) => !replaced(old));
    this.list = [...others.slice(-2), { ...toast, id: this.#next++ }];
  }

  done(text: string, action?: ToastAction | null, rest: Pick<Toast, "more" | "about"> = {}): void {
    this.#add({ text, tone: "done", action: action ?? undefined, ...rest });
  }

  problem(text: string, more?: ToastAction): void {
    this.#add({ text, tone: "problem", more });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }

  clear(): void {
    this.list = [];
  }
}

export const toasts = new Toasts();
