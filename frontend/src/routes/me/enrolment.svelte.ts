/** Adding a second factor: its steps, wherever they are taken. */
import { beginApp, beginPasskeyFactor, confirmFactor, makeRecoveryCodes } from "$lib/api/factors";
import { readSession } from "$lib/api/session";
import type { OfferedApp, OfferedPasskey, ConfirmedFactor } from "$lib/api/types";
import { createPasskey } from "$lib/passkeys";
import { session } from "$lib/session.svelte";

/** What to say of it; with the first one those sessions end that had none. */
export const added = (name: string, first: boolean) =>
  `“${name}” is added.${first ? " You are signed out on your other devices." : ""}`;

export class Enrolment {
  /** An authenticator app that waits for its first code. */
  app = $state.raw<OfferedApp | null>(null);
  /** Recovery codes to be kept: shown once. */
  codes = $state.raw<string[] | null>(null);
  /** A passkey that the browser was asked for and did not make: it can be asked again. */
  #passkey: OfferedPasskey | null = null;

  /** `done` is told of each factor that counts from now on, and whether it is the first. */
  constructor(readonly done: (name: string, first: boolean) => void) {}

  async beginApp(): Promise<void> {
    this.app = await beginApp();
  }

  async confirmApp(code: string): Promise<void> {
    await this.#confirmed(await confirmFactor(this.app!.id, { code }));
    this.app = null;
  }

  async addPasskey(name: string): Promise<void> {
    if (this.#passkey?.name !== name) this.#passkey = await beginPasskeyFactor(name);
    const { id, passkey } = this.#passkey;
    const made = await createPasskey(passkey);
    // What was asked is answered: another try begins anew.
    this.#passkey = null;
    await this.#confirmed(await confirmFactor(id, { passkey: made }));
  }

  async makeCodes(): Promise<void> {
    this.codes = (await makeRecoveryCodes()).codes;
  }

  async #confirmed({ name, codes }: ConfirmedFactor): Promise<void> {
    this.codes = codes;
    this.done(name, codes !== null);
    // With codes to be kept, the page that shows them stays until they are.
    if (!codes) await this.settle();
  }

  /** The session knows of the factor from now on, and of nothing that is still asked for. */
  async settle(): Promise<void> {
    session.current = await readSession();
  }
}
