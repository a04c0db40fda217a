import { answer, api } from "./client";
import type { Stats } from "./types";

export const readStats = () => answer<Stats>(api.GET("/stats"));
