/** The counts beside the list: asked for once the list is here and nobody types, so that they delay nothing. */
import { isAbort } from "$lib/api/problem";
import type { UserFacets } from "$lib/api/types";
import { countUsers } from "$lib/api/users";
import { toUserFilter, type ListState } from "./query";

const PAUSE = 200;

export class Facets {
  /** What was counted last, until the new counts are here; null where there are none to show. */
  counts = $state.raw<UserFacets | null>(null);
  #request: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Asks after a pause; what is still under way is dropped. */
  ask(state: ListState): void {
    this.stop();
    this.#timer = setTimeout(() => void this.#count(state), PAUSE);
  }

  async #count(state: ListState): Promise<void> {
    const request = (this.#request = new AbortController());
    try {
      const counts = await countUsers(toUserFilter(state), request.signal);
      if (request === this.#request) this.counts = counts;
    } catch (error) {
      // The list does without: what it could be narrowed to is an aid.
      if (!isAbort(error) && request === this.#request) this.counts = null;
    }
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#request?.abort();
    this.#request = null;
  }
}
