/** What is typed about a project, and what two people typed at once. */
import type { ProjectPatch } from "$lib/api/projects";
import type { Project } from "$lib/api/types";

export interface Draft {
  name: string;
  description: string;
}

const FIELDS = ["name", "description"] as const;

export const draftOf = (project: Project): Draft => ({ name: project.name, description: project.description ?? "" });

export const differing = (a: Draft, b: Draft) => FIELDS.filter((field) => a[field] !== b[field]);

/** What to send: only what differs from what was read; an emptied description is cleared. */
export function patchOf(read: Draft, typed: Draft): ProjectPatch {
  const fields = differing(read, typed);
  return {
    ...(fields.includes("name") ? { name: typed.name.trim() } : {}),
    ...(fields.includes("description") ? { description: typed.description.trim() || null } : {}),
  };
}

/** Takes over what someone else changed, except where something was typed here: that is kept. */
export function merge(read: Project, latest: Project, typed: Draft): { draft: Draft; meanwhile: (keyof Draft)[] } {
  const mine = differing(draftOf(read), typed);
  const draft = { ...draftOf(latest) };
  for (const field of mine) draft[field] = typed[field];
  return { draft, meanwhile: differing(draftOf(read), draftOf(latest)) };
}
