/** How many have signed up and wait for approval: the navigation and the Users page say so. */
import { listUsers } from "./api/users";
import { session } from "./session.svelte";

class Waiting {
  count = $state(0);
  #turn = 0;

  /** For those who may approve; for others nobody waits. */
  async load(): Promise<void> {
    const turn = ++this.#turn;
    const asks = session.may("users.read") && session.may("users.write");
    // Without an answer what was known stays: it is an aid.
    const list = asks ? await listUsers({ state: "pending", per_page: 1 }).catch(() => null) : { total: 0 };
    if (turn === this.#turn && list) this.count = list.total;
  }
}

export const waiting = new Waiting();
