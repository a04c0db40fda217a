import { get } from "./client";
import type { Settings } from "./types";

export const readSettings = () => get<Settings>("/settings");
