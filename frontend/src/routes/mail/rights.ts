/** What can be done with a mail, and by whom. */
import type { Mail, Permission } from "$lib/api/types";

export interface MailRights {
  retry: boolean;
  cancel: boolean;
  link: boolean;
}

export function rightsOver(mail: Mail, may: (permission: Permission) => boolean, readOnly: boolean): MailRights {
  const acts = may("mail.read") && !readOnly;
  return {
    retry:
      acts &&
      (mail.state === "failed" ||
        mail.state === "cancelled" ||
        (mail.state === "queued" && mail.next_attempt_at !== null)),
    cancel: acts && mail.state === "queued",
    link: mail.has_link && may("users.write"),
  };
}
