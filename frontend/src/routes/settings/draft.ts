/** The settings as they are typed, and what of them is sent. */
import type { SettingsPatch } from "$lib/api/settings";
import type { Settings } from "$lib/api/types";

export interface Draft {
  portal_name: string;
  accent_color: string;
  support_email: string;
  support_url: string;
  sign_up: Settings["sign_up"];
  /** One domain a line. */
  allowed_domains: string;
  refused_domains: string;
  welcome_subject: string;
  welcome_text: string;
  /** The ids of the groups whose users must have a second factor. */
  require_factor_groups: string[];
  password_min_length: number | null;
  bin_days: number | null;
  activity_days: number | null;
  impersonation_notice: boolean;
}

export const draftOf = (settings: Settings): Draft => ({
  portal_name: settings.portal_name,
  accent_color: settings.accent_color,
  support_email: settings.support.email ?? "",
  support_url: settings.support.url ?? "",
  sign_up: settings.sign_up,
  allowed_domains: settings.allowed_domains.join("\n"),
  refused_domains: settings.refused_domains.join("\n"),
  welcome_subject: settings.welcome.subject,
  welcome_text: settings.welcome.text,
  require_factor_groups: settings.require_factor_groups,
  password_min_length: settings.password_min_length,
  bin_days: settings.bin_days,
  activity_days: settings.activity_days,
  impersonation_notice: settings.impersonation_notice,
});

export const domainsIn = (text: string) => text.split(/[\s,;]+/).filter(Boolean);

function same(a: Draft, b: Draft, key: keyof Draft): boolean {
  if (key === "require_factor_groups") return [...a[key]].sort().join() === [...b[key]].sort().join();
  if (key === "allowed_domains" || key === "refused_domains")
    return domainsIn(a[key]).join() === domainsIn(b[key]).join();
  return a[key] === b[key];
}

export const differs = (a: Draft, b: Draft) => (Object.keys(a) as (keyof Draft)[]).some((key) => !same(a, b, key));

/** Only what differs is sent; an emptied text is cleared, and the usual one stands in its place. */
export function patchOf(read: Draft, typed: Draft): SettingsPatch {
  const patch: SettingsPatch = {};
  const changed = (key: keyof Draft) => !same(read, typed, key);
  const text = (key: "support_email" | "support_url" | "welcome_subject" | "welcome_text") => typed[key].trim() || null;
  if (changed("portal_name")) patch.portal_name = typed.portal_name.trim();
  if (changed("accent_color")) patch.accent_color = typed.accent_color.trim();
  if (changed("sign_up")) patch.sign_up = typed.sign_up;
  if (changed("allowed_domains")) patch.allowed_domains = domainsIn(typed.allowed_domains);
  if (changed("refused_domains")) patch.refused_domains = domainsIn(typed.refused_domains);
  if (changed("require_factor_groups")) patch.require_factor_groups = typed.require_factor_groups;
  // A field left empty is sent as it is: the server says beside it what it takes.
  for (const key of ["password_min_length", "bin_days", "activity_days"] as const) {
    if (changed(key)) patch[key] = typed[key] as number;
  }
  if (changed("impersonation_notice")) patch.impersonation_notice = typed.impersonation_notice;
  if (changed("support_email")) patch.support = { ...patch.support, email: text("support_email") };
  if (changed("support_url")) patch.support = { ...patch.support, url: text("support_url") };
  if (changed("welcome_subject")) patch.welcome = { ...patch.welcome, subject: text("welcome_subject") };
  if (changed("welcome_text")) patch.welcome = { ...patch.welcome, text: text("welcome_text") };
  return patch;
}
