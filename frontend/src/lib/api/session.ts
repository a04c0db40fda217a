import { answer, api } from "./client";
import type { Session } from "./types";

export const readSession = () => answer<Session>(api.GET("/session"));
export const signIn = (email: string, password: string) =>
  answer<Session>(api.POST("/session", { body: { email, password } }));
export const signOut = () => answer<void>(api.DELETE("/session"));
export const returnToOwnAccount = () => answer<Session>(api.DELETE("/session/impersonation"));

export interface NewAccount {
  name: string;
  email: string;
  company?: string;
  /** The answer to the puzzle of a refusal. */
  puzzle?: { challenge: string; answer: string };
}
export const signUp = (body: NewAccount) => answer<object>(api.POST("/sign-up", { body }));
