/** Whether mails leave the portal by themselves; without a mail server they wait in the outbox. */
import { session } from "./session.svelte";

export const mailsLeave = () => session.portal?.mail !== "outbox";
