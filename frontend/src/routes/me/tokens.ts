/** How long an API token holds, as choices; the server's longest is a year. */
import type { Permission, PermissionInfo } from "$lib/api/types";

export const LASTING = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "A year" },
];
export const USUAL = "90";

const DAY = 24 * 3_600_000;
/** The server reads it a moment later, by a clock that is told to the second: a year must still be one then. */
const SPARE = 60_000;

export const expiryAfter = (days: string, now: number) => new Date(now + Number(days) * DAY - SPARE).toISOString();

/** What a token can be given: what its owner holds, and no more. */
export const tokenOptions = (all: PermissionInfo[], mine: Permission[]) =>
  all
    .filter(({ name }) => mine.includes(name))
    .map(({ name, description }) => ({ id: name as string, name: description, hint: name as string }));
