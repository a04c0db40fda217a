/** What this session may do with one user: what it may not, has no button. */
import type { Group, Permission, User } from "$lib/api/types";
import { session } from "$lib/session.svelte";

export interface Rights {
  /** They hold a permission that one lacks: one may look, and no more. */
  beyond: boolean;
  edit: boolean;
  /** Password mails, links and e-mail: never while acting as someone. */
  hand: boolean;
  sessions: boolean;
  /** To remove second factors: never while acting as someone. */
  factors: boolean;
  disable: boolean;
  remove: boolean;
  impersonate: boolean;
  projects: boolean;
}

/** `groups` empty: not known, and the server decides. */
export function rightsOver(user: User, groups: Group[]): Rights {
  const held = new Set<Permission>(user.groups.flatMap(({ id }) => groups.find((g) => g.id === id)?.permissions ?? []));
  const mine = session.current?.permissions ?? [];
  const beyond = [...held].some((permission) => !mine.includes(permission));
  const self = user.id === session.current?.user.id;
  const inBin = user.state === "deleted";
  const asSelf = !session.current?.impersonator;
  const write = session.may("users.write") && !beyond;
  return {
    beyond,
    edit: write && !inBin,
    hand: write && asSelf && ["active", "invited"].includes(user.state),
    sessions: write,
    factors: write && asSelf,
    disable: write && !self && ["active", "invited", "disabled"].includes(user.state),
    remove: session.may("users.delete") && !beyond && !self,
    impersonate: session.may("users.impersonate") && !beyond && !self && ["active", "invited"].includes(user.state),
    projects: session.may("projects.manage") && !inBin,
  };
}
