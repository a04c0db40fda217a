/** What an import is told in. */
import type { ImportFile, RowAction } from "$lib/api/types";
import { listed } from "$lib/text";

export const ACTIONS: Record<RowAction, { label: string; tone: "good" | "info" | "plain" | "bad" }> = {
  create: { label: "New", tone: "good" },
  update: { label: "Changed", tone: "info" },
  unchanged: { label: "Unchanged", tone: "plain" },
  error: { label: "Error", tone: "bad" },
};

export const FIELDS: Record<string, string> = {
  name: "Full name",
  email: "E-mail",
  first_name: "First name",
  last_name: "Last name",
  company: "Company",
  phone: "Phone",
  groups: "Groups",
  projects: "Projects",
  state: "State",
  notes: "Notes",
  id: "Rollcall’s id",
  roles: "Roles in the other system",
  blocked: "Blocked (yes or no)",
  enabled: "May sign in (yes or no)",
};

/** Of exports of others: they mean something only in the columns that these have. */
const RECOGNISED = ["id", "roles", "blocked", "enabled"];

/** The fields to choose from for a file with these columns. */
export const fieldChoices = (columns: ImportFile["columns"]) =>
  Object.entries(FIELDS).filter(
    ([field]) => !RECOGNISED.includes(field) || columns.some((column) => column.field === field),
  );

const SOURCES: Record<string, string> = {
  rollcall: "An export of Rollcall’s: an empty cell clears the field",
  "google-workspace": "An export of Google Workspace",
  "microsoft-365": "An export of Microsoft 365",
  wordpress: "An export of WordPress",
  named: "Its columns have the names of our fields",
  mapped: "You said which column is which",
};

const SEPARATORS: Record<string, string> = { ",": "commas", ";": "semicolons", "\t": "tabs" };

/** "An export of WordPress, in UTF-8, separated by commas." */
export function recognised({ source, encoding, separator }: ImportFile): string {
  const origin = source ? (SOURCES[source] ?? source) : "Its columns are not known";
  return `${origin}. ${encoding}, separated by ${SEPARATORS[separator] ?? `“${separator}”`}.`;
}

/** A value of a field as it stands in a preview. */
export function valueWords(value: unknown): string {
  if (Array.isArray(value)) return listed(value.map(String)) || "none";
  return value === null || value === "" ? "empty" : String(value);
}
