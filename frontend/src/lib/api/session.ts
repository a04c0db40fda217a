import { answer, api } from "./client";
import type { Session } from "./types";

export const readSession = () => answer<Session>(api.GET("/session"));
export const signIn = (email: string, password: string) =>
  answer<Session>(api.POST("/session", { body: { email, password } }));
export const signOut = () => answer<void>(api.DELETE("/session"));
export const returnToOwnAccount = () => answer<Session>(api.DELETE("/session/impersonation"));

export const signUp = (body: { name: string; email: string; company?: string }) =>
  answer<object>(api.POST("/sign-up", { body }));
