import { answer, api, given, pathOf, type Query } from "./client";
import type { Activity, List } from "./types";

export const listActivity = (query: Query) =>
  answer<List<Activity>>(api.GET("/activity", { params: { query: given(query) as object } }));

/** The export of what a filter admits (see download.ts). */
export const activityCsv = (query: Query) => pathOf("/activity.csv", query);

/** The same for programs, with the hashes by which it can be verified. */
export const activityLines = (query: Query) => pathOf("/activity.jsonl", query);
