import { del, get, post } from "./client";
import type { Session } from "./types";

export const readSession = () => get<Session>("/session", { public: true });
export const signIn = (email: string, password: string) =>
  post<Session>("/session", { email, password }, { public: true });
export const signOut = () => del("/session", { public: true });
export const returnToOwnAccount = () => del<Session>("/session/impersonation", { public: true });

export const signUp = (body: { name: string; email: string; company?: string }) =>
  post<unknown>("/sign-up", body, { public: true });
