import type { Portal } from "../api/types";

/** Where "Submit a request" leads: the settings' page, else a mail. Only addresses of these kinds are links. */
export function supportHref(portal: Portal | null): string | null {
  const { url, email } = portal?.support ?? {};
  if (url && /^(https?:\/\/|mailto:)/i.test(url)) return url;
  return email ? `mailto:${email}` : null;
}
