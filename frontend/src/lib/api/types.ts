/** The things of the API: aliases of the types made from its document (`npm run api`). */
import type { PasskeyJson } from "../passkeys";
import type { components } from "./schema";

type Schemas = components["schemas"];

/** Answers carry every field: what the document calls optional is null when empty. */
type Whole<T> = T extends (infer Item)[]
  ? Whole<Item>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> | (undefined extends T[K] ? null : never) }
    : T;

/** An answer, with the words that its texts are among. */
type Answer<Name extends keyof Schemas, Words = unknown> = Omit<Whole<Schemas[Name]>, keyof Words> & Words;

export type Ref = Schemas["Named"];

export interface List<T> {
  items: T[];
  total: number;
  page: number;
  per_page: number;
}

export type UserState = "active" | "invited" | "pending" | "disabled" | "deleted";
export type MailState = "queued" | "sent" | "failed" | "cancelled";
export type Via = "creator" | "admin" | "added";
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
type SignUpPolicy = "open" | "approval" | "closed";

export type Portal = Answer<"Portal", { sign_up: SignUpPolicy; mail: "smtp" | "outbox" }>;
export type User = Answer<"User", { state: UserState; welcome: { state: MailState; at: string } | null }>;
/** Whether the users of a list match, or are one typo away. */
export type Matched = "exact" | "typo";
export type UserList = Answer<"UserList", { items: User[]; matched_by: Matched }>;
export type UserMarks = Answer<"UserMarks">;
export type UserFacets = Answer<"UserFacets", { states: { state: UserState; users: number }[] }>;
export type Duplicate = Answer<"Duplicate", { state: UserState; why: Alike[] }>;
export type Alike = "mailbox" | "domain-typo" | "name" | "company-and-name" | "local-part";
type InState = { state: UserState; users: number };
export type Stats = Answer<
  "Stats",
  {
    states: InState[];
    groups: { id: string; name: string; users: number; states: InState[] }[];
    failed_mail: number | null;
    backup: { at: string; verdict: "sound" | "failed"; error: string | null } | null;
  }
>;
export type OnDay = Stats["sign_ups"][number];
export type View = Answer<"View">;
export type Session = Answer<"Session", { user: User; permissions: Permission[] }>;
/** The ways to prove who one is. */
export type Method = "password" | "totp" | "passkey" | "recovery-code";
/** The ways that are open now, and what a passkey is asked with. */
export interface ProofAsked {
  methods: Method[];
  passkey: PasskeyJson | null;
}
export type Proof = { password: string } | { code: string } | { passkey: PasskeyJson };
/** One signed-in device, on a user's page and under My profile. */
export type SessionItem = Answer<"ListedSession">;
export type Link = Answer<"Link", { purpose: "welcome" | "sign-up" | "password-reset" | "email-change" }>;
export type Redeemed = Answer<"RedeemedLink", { purpose: Link["purpose"]; session: Session | null }>;
export type HandedLink = Answer<"OneTimeLink">;
export type PasswordCheck = Answer<"PasswordVerdict", { score: 0 | 1 | 2 | 3 | 4 }>;
export type MailPreview = Answer<"MailPreview">;
export type UserProject = Answer<"InProject", { via: Via }>;
export type Project = Answer<"Project", { state: "active" | "archived" }>;
export type Member = Answer<"Member", { via: Via }>;
export type Group = Answer<"Group", { permissions: Permission[] }>;
export type PermissionInfo = Answer<"Permission", { name: Permission }>;
export type Activity = Answer<"Activity", { changes: Record<string, [unknown, unknown]> }>;
export type Mail = Answer<"Mail", { state: MailState }>;
export type Backup = Answer<"Backup", { verdict: "sound" | "failed" }>;
export type Settings = Answer<"Settings", { sign_up: SignUpPolicy }>;

export type FactorKind = "totp" | "passkey" | "recovery-codes";
export type Factor = Answer<"Factor", { kind: FactorKind }>;
type Offered = Answer<"OfferedFactor", { kind: FactorKind; passkey: PasskeyJson | null }>;
/** Of what is offered, each kind has its own part. */
export type OfferedApp = Offered & { secret: string; url: string; qr: NonNullable<Offered["qr"]> };
export type OfferedPasskey = Offered & { passkey: PasskeyJson };
export type NewCodes = Offered & { codes: string[] };
export type ConfirmedFactor = Answer<"ConfirmedFactor", { kind: FactorKind }>;
export type Token = Answer<"Token", { permissions: Permission[] }>;
/** A token just made: its secret is shown this once. */
export type NewToken = Answer<"NewTokenSecret", { permissions: Permission[] }>;

export type BulkAction =
  | "disable"
  | "enable"
  | "delete"
  | "restore"
  | "send-password"
  | "approve"
  | "decline"
  | "add-group"
  | "remove-group"
  | "add-project"
  | "remove-project";
export type Spared = Answer<"Spared">;
export type BulkResult = Answer<"BulkResult", { skipped: Spared[] }>;
export type Undone = Answer<"Undone", { kept: Spared[] }>;
export type Batch = Answer<
  "Batch",
  {
    action: BulkAction | "import";
    state: "running" | "done" | "cut-off" | "undoing" | "undone";
    target: Ref | null;
    by: Ref | null;
  }
>;

export type Bulk = Schemas["Bulk"];
export type Matching = Schemas["Matching"];
export type RowAction = "create" | "update" | "unchanged" | "error";
type ImportState = "reading" | "previewed" | "applying" | "applied" | "undoing" | "cancelled" | "failed";
export type ImportFile = Answer<"ImportFile">;
export type ImportRow = Answer<"ImportRow", { action: RowAction; changes: Record<string, [unknown, unknown]> }>;
export type Import = Answer<"Import", { state: ImportState; rows: ImportRow[]; file: ImportFile | null }>;
export type ImportRows = Answer<"ImportRows", { state: ImportState; items: ImportRow[]; file: ImportFile | null }>;

export type NewUser = Schemas["NewUser"];
export type UserPatch = Schemas["UserPatch"];
export type Welcome = Schemas["Welcome"];
