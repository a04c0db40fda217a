import { del, get, patch, post, segment, type Query } from "./client";
import type { Activity, List, Project, SessionItem, User } from "./types";
import { everyPage } from "./pages";

export interface ProfilePatch {
  name?: string;
  company?: string | null;
  phone?: string | null;
}

export const listMyProjects = () =>
  everyPage((page) => get<List<Project>>("/me/projects", { query: { page, per_page: 200 } }));

export const readMe = () => get<User>("/me");
export const changeMe = (body: ProfilePatch, version: number) => patch<User>("/me", body, { ifMatch: version });
/** Mails a link to the new address; nothing changes before it is opened. */
export const askEmailChange = (email: string, password: string) => post<unknown>("/me/email", { email, password });
export const changePassword = (current: string, next: string) => post<unknown>("/me/password", { current, new: next });

export const listMySessions = () => get<List<SessionItem>>("/me/sessions", { query: { per_page: 200 } });
export const endMySession = (id: string) => del(`/me/sessions/${segment(id)}`);
/** Ends all but this one. */
export const endMyOtherSessions = () => del("/me/sessions");

export const listMyActivity = (query: Query) => get<List<Activity>>("/me/activity", { query });
