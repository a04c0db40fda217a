import { get, pathOf, type Query } from "./client";
import type { Activity, List } from "./types";

export const listActivity = (query: Query) => get<List<Activity>>("/activity", { query });

/** The export of what a filter admits: a plain link, so that the browser streams it to disk. */
export const activityCsv = (query: Query) => pathOf("/activity.csv", query);
