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
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  #add(toast: Omit<Toast, "id">): void {
    // The newest three are enough: older ones are in the activity anyway.
    this.list = [...this.list.slice(-2), { ...toast, id: this.#next++ }];
  }

  done(text: string, action?: ToastAction, more?: ToastAction): void {
    this.#add({ text, tone: "done", action, more });
  }

  problem(text: string, more?: ToastAction): void {
    this.#add({ text, tone: "problem", more });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
