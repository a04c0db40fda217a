import type { Mail } from "$lib/api/types";

/** Whether anything became of a mail: sent, given up, refused for now, or kept because there is no mail server. */
export const settled = (mail: Mail) => mail.state !== "queued" || mail.attempts > 0 || mail.next_attempt_at === null;
