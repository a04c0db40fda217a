import { answer, api, pathOf } from "./client";
import type { Backup, List } from "./types";

/** All of the portal in one file. */
export const backupFile = pathOf("/backup");
export const listBackups = () =>
  answer<List<Backup>>(api.GET("/backups", { params: { query: { per_page: 200 } as object } }));
