import { answer, api } from "./client";
import type { components } from "./schema";
import type { Portal, Session } from "./types";

export const readPortal = () => answer<Portal>(api.GET("/portal"));
/** Whether this is the token from the terminal. */
export const inspectSetUp = (token: string) => answer<void>(api.POST("/setup/inspect", { body: { token } }));
export const setUp = (body: components["schemas"]["Setup"]) => answer<Session>(api.POST("/setup", { body }));
