/** What can be done to many users at once, in words. */
import type { Batch, BulkAction, Permission } from "./api/types";
import { counted } from "./format";

interface Words {
  /** On a button. */
  label: string;
  /** "{}" are the users, "{target}" the group or project. */
  past: string;
  /** While it is under way. */
  doing: string;
  needs: Permission;
  /** Not to be called back: asked before. */
  final?: true;
  target?: "group" | "project";
  /** The choice of a group or project, as a heading. */
  choose?: string;
}

export const BULK: Record<BulkAction, Words> = {
  disable: { label: "Disable", past: "disabled {}", doing: "Disabling", needs: "users.write" },
  enable: { label: "Enable", past: "enabled {}", doing: "Enabling", needs: "users.write" },
  "add-group": {
    label: "Add to group",
    past: "added {} to {target}",
    doing: "Adding",
    needs: "users.write",
    target: "group",
    choose: "Add {} to a group",
  },
  "remove-group": {
    label: "Remove from group",
    past: "removed {} from {target}",
    doing: "Removing",
    needs: "users.write",
    target: "group",
    choose: "Remove {} from a group",
  },
  "add-project": {
    label: "Add to project",
    past: "added {} to {target}",
    doing: "Adding",
    needs: "projects.manage",
    target: "project",
    choose: "Add {} to a project",
  },
  "remove-project": {
    label: "Remove from project",
    past: "removed {} from {target}",
    doing: "Removing",
    needs: "projects.manage",
    target: "project",
    choose: "Remove {} from a project",
  },
  "send-password": {
    label: "Send password",
    past: "sent a password link to {}",
    doing: "Writing mails",
    needs: "users.write",
    final: true,
  },
  approve: { label: "Approve", past: "approved {}", doing: "Approving", needs: "users.write" },
  decline: { label: "Decline", past: "declined {}", doing: "Declining", needs: "users.write", final: true },
  restore: { label: "Restore", past: "restored {} from the bin", doing: "Restoring", needs: "users.delete" },
  delete: { label: "Delete", past: "moved {} to the bin", doing: "Deleting", needs: "users.delete" },
};

const WAITING: BulkAction[] = ["approve", "decline"];

/**
 * What may be done to a selection: those in the bin can only come back, and who waits is let in or not.
 * `waiting`: somebody does.
 */
export function actionsFor(state: string, waiting: boolean, may: (permission: Permission) => boolean): BulkAction[] {
  const fits = (action: BulkAction) => {
    if (state === "deleted") return action === "restore";
    if (action === "restore") return false;
    if (WAITING.includes(action)) return waiting || state === "pending";
    return state !== "pending" || action !== "send-password";
  };
  const all = (Object.keys(BULK) as BulkAction[]).filter((action) => fits(action) && may(BULK[action].needs));
  return state === "pending" ? [...all].sort((a, b) => Number(WAITING.includes(b)) - Number(WAITING.includes(a))) : all;
}

/** What undoing does not bring back, so that it is said beside it. */
export const aftermath = (action: BulkAction) =>
  action === "disable" || action === "delete" ? "They are signed out; undo does not sign them in." : "";

/** "added 12 users to Crew", or with the name of the `one`; `target` may be gone. */
export function pastWords(action: string, users: number, target: string | null, one?: string): string {
  const words = BULK[action as BulkAction] as Words | undefined;
  const past = words?.past ?? (action === "import" ? "imported {}" : `did “${action}” to {}`);
  return past
    .replace("{}", () => one ?? counted(users, "user"))
    .replace("{target}", () => target ?? `a ${words?.target ?? "group"} that is gone`);
}

export const bulkLabel = (action: string) => (BULK[action as BulkAction] as Words | undefined)?.label ?? action;

export const sentenceOf = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** How far one under way is; null when it is not. */
export function progressOf({
  state,
  done,
  skipped,
  total,
  undone,
  kept,
}: Batch): { done: number; total: number } | null {
  if (state === "running") return { done: done + skipped, total };
  return state === "undoing" ? { done: undone + kept, total: done } : null;
}

/** What undoing a batch needs: what doing it needed. */
export const undoNeeds = ({ action }: Batch): Permission => (action === "import" ? "users.import" : BULK[action].needs);

const SPARED: Record<string, string> = {
  self: "This is you",
  "last-admin": "The last admin who can sign in",
  changed: "Changed by someone meanwhile",
  "not-found": "No longer there",
  "in-bin": "In the bin",
  disabled: "Disabled",
  pending: "Waiting for approval",
  "not-pending": "Not waiting for approval",
  taken: "Someone else has the e-mail now",
  gone: "The group or project is gone",
  forbidden: "Holds permissions that you don’t have",
};

/** Why somebody was left alone. */
export const sparedWords = (code: string) => SPARED[code] ?? code.replaceAll("-", " ");
