/** A file that is only given to whoever proved lately who they are, and too large for the page: the browser fetches it. */
import { session } from "./session.svelte";

/** For the `onclick` of a link to a file: asks for the proof first, and then follows the link. */
export async function freshFirst(event: MouseEvent): Promise<void> {
  if (session.fresh) return;
  const link = event.currentTarget as HTMLAnchorElement;
  event.preventDefault();
  if (await session.prove()) link.click();
}
