/** The things of the API, as the contract names them. */

export interface Ref {
  id: string;
  name: string;
}

export interface List<T> {
  items: T[];
  total: number;
  page: number;
  per_page: number;
}

export interface Portal {
  name: string;
  accent_color: string;
  sign_up: "open" | "approval" | "closed";
  setup_required: boolean;
  mail: "smtp" | "outbox";
  support: { email: string | null; url: string | null };
}

export type UserState = "active" | "invited" | "pending" | "disabled" | "deleted";

export interface User {
  id: string;
  version: number;
  name: string;
  email: string;
  company: string | null;
  phone: string | null;
  notes: string | null;
  groups: Ref[];
  state: UserState;
  projects: number;
  created_at: string;
  last_seen_at: string | null;
  welcome: { state: MailState; at: string } | null;
}

export interface UserList extends List<User> {
  matched_by: "exact" | "typo";
}

export type Permission =
  | "users.read"
  | "users.write"
  | "users.delete"
  | "users.impersonate"
  | "users.export"
  | "users.import"
  | "groups.write"
  | "projects.create"
  | "projects.manage"
  | "activity.read"
  | "mail.read"
  | "settings.write";

export interface Session {
  user: User;
  permissions: Permission[];
  impersonator: Ref | null;
  read_only: boolean;
  expires_at: string;
}

/** One signed-in device, on a user's page and under My profile. */
export interface SessionItem {
  id: string;
  device: string | null;
  origin: string | null;
  created_at: string;
  last_seen_at: string | null;
  expires_at: string;
  current: boolean;
}

export interface Link {
  purpose: "welcome" | "sign-up" | "password-reset" | "email-change";
  name: string;
  email: string;
  expires_at: string;
}

export interface Redeemed {
  purpose: Link["purpose"];
  session: Session | null;
}

export interface HandedLink {
  url: string;
  expires_at: string;
}

export interface PasswordCheck {
  score: 0 | 1 | 2 | 3 | 4;
  accepted: boolean;
  message: string | null;
}

export interface Welcome {
  send: boolean;
  subject?: string;
  message?: string;
  bcc_me?: boolean;
}

export interface NewUser {
  name: string;
  email: string;
  company?: string;
  phone?: string;
  notes?: string;
  groups?: string[];
  projects?: string[];
  welcome?: Welcome;
}

export interface UserPatch {
  name?: string;
  email?: string;
  company?: string | null;
  phone?: string | null;
  notes?: string | null;
  groups?: string[];
}

export interface MailPreview {
  subject: string;
  text: string;
  html: string;
}

export type Via = "creator" | "admin" | "added";

export interface UserProject {
  project: Ref;
  via: Via;
  by: Ref | null;
  since: string;
}

export interface Project {
  id: string;
  version: number;
  name: string;
  description: string | null;
  state: "active" | "archived";
  members: number;
  created_by: Ref | null;
  created_at: string;
}

export interface Member {
  user: Ref;
  via: Via;
  by: Ref | null;
  since: string;
}

export interface Group {
  id: string;
  name: string;
  description: string | null;
  permissions: Permission[];
  built_in: boolean;
  users: number;
}

export interface PermissionInfo {
  name: Permission;
  description: string;
}

export interface Activity {
  id: string;
  at: string;
  action: string;
  actor: Ref | null;
  acting_as: Ref | null;
  subject: { kind: string; id: string; name: string } | null;
  origin: string | null;
  changes: Record<string, [unknown, unknown]>;
  reason: string | null;
}

export type MailState = "queued" | "sent" | "failed" | "cancelled";

export interface Mail {
  id: string;
  to: string;
  to_name: string | null;
  user: Ref | null;
  subject: string;
  kind: string;
  state: MailState;
  attempts: number;
  last_error: string | null;
  server_reply: string | null;
  next_attempt_at: string | null;
  created_at: string;
  give_up_at: string;
  /** When it was sent, given up or cancelled. */
  done_at: string | null;
  /** Whether a one-time link is in it, shown as "…" in the text. */
  has_link: boolean;
  text: string;
  html: string;
}

export interface Settings {
  portal_name: string;
  accent_color: string;
  support: { email: string | null; url: string | null };
  sign_up: Portal["sign_up"];
  allowed_domains: string[];
  refused_domains: string[];
  welcome: { subject: string; text: string };
  password_min_length: number;
  require_factor_groups: string[];
  bin_days: number;
  activity_days: number;
  impersonation_notice: boolean;
}
