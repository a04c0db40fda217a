import { answer, api, pathOf } from "./client";
import type { Backup, List } from "./types";

/** Those that were made by the clock, newest first. */
export const listBackups = (per_page: number) =>
  answer<List<Backup>>(api.GET("/backups", { params: { query: { per_page } } }));

/** All of the portal in one file: a plain link, so that the browser streams it to disk. */
export const backupFile = pathOf("/backup");
