/** Errors of the API (RFC 9457 problems) as one typed class. */
import { typographic } from "../text";
import type { Puzzle } from "../puzzle/puzzle";
import type { ImportFile, Method, ProofAsked } from "./types";

export interface FieldError {
  field: string;
  code: string;
  message: string;
  /** Whose e-mail it is, with the codes `taken` and `in-bin`. */
  user?: { id: string; state: string } | null;
}

interface Problem {
  title?: string;
  status?: number;
  code?: string;
  detail?: string | null;
  errors?: FieldError[] | null;
  user?: { id: string; state: string } | null;
  ids?: string[] | null;
  file?: ImportFile | null;
  methods?: string[] | null;
  passkey?: ProofAsked["passkey"];
  puzzle?: Puzzle | null;
}

export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Stable and machine-readable; `unreachable` when no answer came at all. */
    readonly code: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    /** Seconds to wait, from Retry-After. */
    readonly retryAfter: number | null = null,
    /** Of many users, those who refuse it for all. */
    readonly ids: string[] = [],
    /** A file whose columns nobody has named yet. */
    readonly file: ImportFile | null = null,
    /** How one can prove who one is, after the password was right. */
    readonly proof: ProofAsked | null = null,
    /** What to solve for the call to pass. */
    readonly puzzle: Puzzle | null = null,
  ) {
    super(detail);
    this.name = "ApiError";
  }

  field(name: string): FieldError | undefined {
    return this.errors.find((error) => error.field === name);
  }
}

const PLAIN: Record<string, string> = {
  unauthenticated: "You are signed out. Sign in and try again.",
  forbidden: "You don’t have the permission for this.",
  impersonating: "This can’t be done while you act as someone else. Return to your account first.",
  "not-found": "This isn’t here any more, or you may not see it.",
  stale: "Someone else changed this in the meantime.",
  "last-admin": "This is the last admin who can sign in. Make someone else an admin first.",
  self: "You can’t do this to your own account.",
  "second-factor-required": "This needs a second factor, which your account has not yet.",
  "step-up-required": "Nothing was changed: it was not confirmed that it’s you.",
  "another-person": "Nothing was saved: this browser goes on as someone else, in another tab.",
  "link-expired": "This link was used already or has run out.",
  "too-large": "That is too much to send at once.",
  unavailable: "The portal can’t save right now. Nothing was changed; try again in a moment.",
  unreachable: "The portal can’t be reached. Check your connection and try again.",
};

function fallback(status: number, code: string): string {
  if (PLAIN[code]) return PLAIN[code];
  if (status === 429) return "Too many tries. Wait a little and try again.";
  return status >= 500 ? "The portal made a mistake. Nothing was changed; try again." : "The portal refused this.";
}

/** Retry-After as seconds; it may also be a date. */
export function retrySeconds(value: string | null, now = Date.now()): number | null {
  if (!value) return null;
  if (/^\d+$/.test(value)) return Number(value);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

export async function readProblem(response: Response): Promise<ApiError> {
  let problem: Problem = {};
  if (response.headers.get("content-type")?.includes("json")) {
    problem = await response.json().catch(() => ({}));
  }
  const code = problem.code ?? (response.status === 401 ? "unauthenticated" : "unknown");
  const errors = (problem.errors ?? []).map((error) => ({
    ...error,
    message: typographic(error.message),
    user: error.user ?? problem.user ?? null,
  }));
  return new ApiError(
    response.status,
    code,
    typographic(problem.detail || "") || fallback(response.status, code),
    errors,
    retrySeconds(response.headers.get("retry-after")),
    problem.ids ?? [],
    problem.file ?? null,
    problem.methods ? { methods: problem.methods as Method[], passkey: problem.passkey ?? null } : null,
    problem.puzzle ?? null,
  );
}

/** Asked for a proof of who one is, one closed the question. */
export const unproven = () => new ApiError(403, "step-up-required", fallback(403, "step-up-required"));

/** What one person typed would be saved in the name of another. */
export const anothers = () => new ApiError(409, "another-person", fallback(409, "another-person"));

/** A file stopped half-way: nobody takes a part of it for the whole. */
export const brokenOff = () => new ApiError(0, "broken-off", "The download broke off. Try again in a moment.");

export const unreachable = () => new ApiError(0, "unreachable", fallback(0, "unreachable"));

/** What plainly can't go through is refused here, in the words and place of a refusal by the server. */
export const refusal = (field: string, message: string) =>
  new ApiError(422, "validation-failed", message, [{ field, code: "invalid", message }]);

/** Whatever was caught, as words for the page. */
export function wordsFor(error: unknown): string {
  return error instanceof ApiError ? error.detail : "Something went wrong on this page. Reload it and try again.";
}

export const isAbort = (error: unknown) => error instanceof DOMException && error.name === "AbortError";
