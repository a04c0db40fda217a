/** One form on its way to the server: whether it is under way, and what was refused. */
import { ApiError, wordsFor, type FieldError } from "./api/problem";
import { wait } from "./format";

export class Submission {
  busy = $state(false);
  error = $state.raw<unknown>(null);
  /** The fields that the form shows itself; other refusals stand above it. */
  #shown: string[] = [];

  /** The words beside a field. */
  field(name: string): string | null {
    if (!this.#shown.includes(name)) this.#shown.push(name);
    return this.fieldError(name)?.message ?? null;
  }

  fieldError(name: string): FieldError | undefined {
    return this.error instanceof ApiError ? this.error.field(name) : undefined;
  }

  /** The words above the form: what no field says. */
  get problem(): string | null {
    const error = this.error;
    if (!error) return null;
    if (!(error instanceof ApiError)) return wordsFor(error);
    if (error.status === 429 && error.retryAfter) return `Too many tries. Try again in ${wait(error.retryAfter)}.`;
    if (error.errors.length === 0) return error.detail;
    const elsewhere = error.errors.filter((one) => !this.#shown.includes(one.field));
    return elsewhere.length ? elsewhere.map((one) => `${one.field}: ${one.message}`).join(" ") : null;
  }

  clear(): void {
    this.error = null;
  }

  /** Runs the work once at a time; returns whether it went well. */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = error;
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** For `onsubmit`, or a button in the form: runs the work, and leads to the first refused field. */
  handler(work: () => Promise<void>): (event: Event) => Promise<void> {
    return async (event) => {
      event.preventDefault();
      const form = (event.currentTarget as Element).closest("form")!;
      if (await this.run(work)) return;
      requestAnimationFrame(() => leadToRefusal(form));
    };
  }
}

/** To the first refused field; where none is, the words that say why are brought into sight. */
function leadToRefusal(form: HTMLFormElement): void {
  const field = form.querySelector<HTMLElement>("[aria-invalid], [data-refused]");
  if (field) field.focus();
  else [...form.querySelectorAll("[role=alert]")].at(-1)?.scrollIntoView({ block: "center" });
}
