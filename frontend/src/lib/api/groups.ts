import { get } from "./client";
import type { Group, List, PermissionInfo } from "./types";
import { everyPage } from "./pages";

export const listGroups = () => everyPage((page) => get<List<Group>>("/groups", { query: { page, per_page: 200 } }));
export const listPermissions = () =>
  everyPage((page) => get<List<PermissionInfo>>("/permissions", { query: { page, per_page: 200 } }));
