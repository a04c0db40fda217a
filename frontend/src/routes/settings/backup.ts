import type { Permission } from "$lib/api/types";

/** A backup holds all there is, so it is for those who may see and do everything. */
const EVERYTHING: Record<Permission, true> = {
  "users.read": true,
  "users.write": true,
  "users.delete": true,
  "users.impersonate": true,
  "users.export": true,
  "users.import": true,
  "groups.write": true,
  "projects.create": true,
  "projects.manage": true,
  "activity.read": true,
  "mail.read": true,
  "settings.write": true,
};

export const holdsEverything = (permissions: Permission[]) =>
  Object.keys(EVERYTHING).every((permission) => permissions.includes(permission as Permission));
