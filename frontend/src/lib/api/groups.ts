import { answer, api, clearing } from "./client";
import { typographic } from "../text";
import type { Group, List, Permission, PermissionInfo } from "./types";
import { everyPage } from "./pages";

export interface GroupDraft {
  name: string;
  description: string | null;
  permissions: Permission[];
  /** The groups to whose users its permissions are limited; null: they reach everybody. */
  limited_to: string[] | null;
}

const of = (id: string) => ({ params: { path: { id } } });

export const listGroups = () =>
  everyPage((page) => answer<List<Group>>(api.GET("/groups", { params: { query: { page, per_page: 200 } } })));
export const readGroup = (id: string) => answer<Group>(api.GET("/groups/{id}", of(id)));
export const createGroup = (body: GroupDraft) => answer<Group>(api.POST("/groups", { body: clearing(body) }));
export const changeGroup = (id: string, body: Partial<GroupDraft>) =>
  answer<Group>(api.PATCH("/groups/{id}", { ...of(id), body: clearing(body) }));
/** Its users go to the other group; without one it must have none. */
export const deleteGroup = (id: string, move_to?: string) =>
  answer<void>(api.DELETE("/groups/{id}", { params: { path: { id }, query: { move_to } } }));

/** All there are, in the order in which they are shown. */
export const listPermissions = async () => {
  const all = await answer<PermissionInfo[]>(api.GET("/permissions"));
  return all.map((one) => ({ ...one, description: typographic(one.description) }));
};
