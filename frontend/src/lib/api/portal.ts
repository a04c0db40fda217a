import { answer, api } from "./client";
import type { components } from "./schema";
import type { Portal, Session } from "./types";

export const readPortal = () => answer<Portal>(api.GET("/portal"));
export const setUp = (body: components["schemas"]["Setup"]) => answer<Session>(api.POST("/setup", { body }));
