import { del, get, patch, post, segment } from "./client";
import type { Group, List, Permission, PermissionInfo } from "./types";
import { everyPage } from "./pages";

export interface GroupDraft {
  name: string;
  description: string | null;
  permissions: Permission[];
}

const one = (id: string) => `/groups/${segment(id)}`;

export const listGroups = () => everyPage((page) => get<List<Group>>("/groups", { query: { page, per_page: 200 } }));
export const readGroup = (id: string) => get<Group>(one(id));
export const createGroup = (body: GroupDraft) => post<Group>("/groups", body);
export const changeGroup = (id: string, body: Partial<GroupDraft>) => patch<Group>(one(id), body);
/** Its users go to the other group; without one it must have none. */
export const deleteGroup = (id: string, moveTo?: string) => del(one(id), { query: { move_to: moveTo } });

/** All there are, in the order in which they are shown. */
export const listPermissions = () => get<PermissionInfo[]>("/permissions");
