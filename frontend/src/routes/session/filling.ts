/** Passkeys where the browser fills in the e-mail: asked for quietly, as long as the sign-in page is open. */
import { beginPasskey, signInByPasskey } from "$lib/api/session";
import type { Session } from "$lib/api/types";
import { passkeysFillIn, usePasskey } from "$lib/passkeys";

/** What a passkey is asked with holds five minutes: before that it is asked anew. */
const AGAIN = 4 * 60_000;

export class PasskeyFilling {
  #asked: AbortController | null = null;
  #again: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly begin: (session: Session) => void,
    readonly refused: (error: unknown) => void,
  ) {}

  async start(): Promise<void> {
    this.stop();
    const asked = (this.#asked = new AbortController());
    if (!(await passkeysFillIn()) || asked.signal.aborted) return;
    // Without it, the page is the sign-in page that it was.
    const options = await beginPasskey(asked.signal).catch(() => null);
    if (!options || asked.signal.aborted) return;
    this.#again = setTimeout(() => void this.start(), AGAIN);
    const passkey = await usePasskey(options.passkey, asked.signal).catch(() => null);
    if (!passkey || asked.signal.aborted) return;
    try {
      this.begin(await signInByPasskey(passkey));
    } catch (error) {
      this.refused(error);
      void this.start();
    }
  }

  stop(): void {
    clearTimeout(this.#again);
    this.#asked?.abort();
    this.#asked = null;
  }
}
