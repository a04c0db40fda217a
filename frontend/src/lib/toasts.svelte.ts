/** Short messages at the page's edge, with at most one thing to do. */

export interface ToastAction {
  label: string;
  run: () => void | Promise<void>;
}

export interface Toast {
  id: number;
  text: string;
  tone: "done" | "problem";
  action?: ToastAction;
}

class Toasts {
  list = $state<Toast[]>([]);
  #next = 1;

  #add(toast: Omit<Toast, "id">): void {
    // The newest three are enough: older ones are in the activity anyway.
    this.list = [...this.list.slice(-2), { ...toast, id: this.#next++ }];
  }

  done(text: string, action?: ToastAction): void {
    this.#add({ text, tone: "done", action });
  }

  problem(text: string): void {
    this.#add({ text, tone: "problem" });
  }

  close(id: number): void {
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new Toasts();
