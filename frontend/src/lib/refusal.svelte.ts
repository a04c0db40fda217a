/** The words beside a field: what was refused is no more there once it is changed; a new answer is shown again. */
export class Refusal {
  #changed = $state(false);
  readonly #error: () => string | null;

  /** Make one while a component is set up. */
  constructor(error: () => string | null) {
    this.#error = error;
    $effect(() => {
      void error();
      this.#changed = false;
    });
  }

  get words(): string | null {
    return this.#changed ? null : this.#error();
  }

  changed(): void {
    this.#changed = true;
  }
}
