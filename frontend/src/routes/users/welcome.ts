import type { Welcome } from "$lib/api/types";

export interface WelcomeForm {
  send: boolean;
  subject: string;
  /** The subject of the settings, with which the field is filled at first. */
  usual: string;
  message: string;
  bccMe: boolean;
}

export const NO_WELCOME: WelcomeForm = { send: true, subject: "", usual: "", message: "", bccMe: false };

/** What is sent: a subject or message left as it was stays the settings' own. */
export function welcomeOf(form: WelcomeForm): Welcome {
  if (!form.send) return { send: false };
  const subject = form.subject.trim();
  return {
    send: true,
    ...(subject && subject !== form.usual ? { subject } : {}),
    ...(form.message.trim() ? { message: form.message } : {}),
    bcc_me: form.bccMe,
  };
}
