/** What this session may do with one user: what it may not, has no button. */
import type { Permission, User } from "$lib/api/types";
import { session } from "$lib/session.svelte";

export interface Rights {
  /** They hold a permission that one lacks: one may look, and no more. */
  beyond: boolean;
  edit: boolean;
  /** Password mails, links and e-mail: never while acting as someone. */
  hand: boolean;
  sessions: boolean;
  /** Let in or turn away somebody who signed up and waits. */
  judge: boolean;
  /** To remove second factors: never while acting as someone. */
  factors: boolean;
  disable: boolean;
  remove: boolean;
  impersonate: boolean;
  projects: boolean;
  activity: boolean;
  mail: boolean;
}

/** What the server says that one holds over this very user, as far as this session may use it now. */
export function rightsOver(user: User): Rights {
  const held = user.rights?.permissions ?? [];
  const may = (permission: Permission) => held.includes(permission) && session.may(permission);
  const beyond = !!user.rights?.lacking.length;
  const self = user.id === session.current?.user.id;
  const inBin = user.state === "deleted";
  const asSelf = !session.current?.impersonator;
  const write = may("users.write") && !beyond;
  return {
    beyond,
    edit: write && !inBin,
    hand: write && asSelf && ["active", "invited"].includes(user.state),
    sessions: write,
    judge: write && user.state === "pending",
    factors: write && asSelf,
    disable: write && !self && ["active", "invited", "disabled"].includes(user.state),
    remove: may("users.delete") && !beyond && !self,
    impersonate: may("users.impersonate") && !beyond && !self && ["active", "invited"].includes(user.state),
    projects: may("projects.manage") && !inBin,
    activity: held.includes("activity.read"),
    mail: held.includes("mail.read"),
  };
}
