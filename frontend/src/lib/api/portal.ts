import { get, post } from "./client";
import type { Portal, Session } from "./types";

export const readPortal = () => get<Portal>("/portal", { public: true });

export const setUp = (body: { token: string; portal_name?: string; name: string; email: string; password: string }) =>
  post<Session>("/setup", body, { public: true });
