/** Why somebody is a member of a project. */
import type { Ref, Via } from "./api/types";

export function viaWords({ via, by }: { via: Via; by: Ref | null }): string {
  if (via === "creator") return "Created it";
  if (via === "admin") return "Added as admin";
  return by ? `Added by ${by.name}` : "Added";
}
