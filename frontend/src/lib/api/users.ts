import { del, get, patch, pathOf, post, put, segment, type Query } from "./client";
import type * as T from "./types";

export interface UserQuery extends Query {
  q?: string;
  field?: string;
  sort?: string;
  disabled?: string;
  state?: string;
  group?: string;
  project?: string;
  page?: number;
  per_page?: number;
}

type Page = { page?: number; per_page?: number };
const one = (id: string) => `/users/${segment(id)}`;

export const listUsers = (query: UserQuery, signal?: AbortSignal) => get<T.UserList>("/users", { query, signal });
export const readUser = (id: string) => get<T.User>(one(id));
export const createUser = (body: T.NewUser) => post<T.User>("/users", body);
export const previewWelcome = (body: T.NewUser) => post<T.MailPreview>("/users/preview-welcome", body);
export const changeUser = (id: string, body: T.UserPatch, version?: number) =>
  patch<T.User>(one(id), body, { ifMatch: version });
export const deleteUser = (id: string) => del(one(id));
export const purgeUser = (id: string) => del(one(id), { query: { purge: true } });

export const disableUser = (id: string, reason?: string) =>
  post<T.User>(`${one(id)}/disable`, reason ? { reason } : {});
export const enableUser = (id: string) => post<T.User>(`${one(id)}/enable`);
export const restoreUser = (id: string) => post<T.User>(`${one(id)}/restore`);

export const sendPassword = (id: string) => post<{ mail_id: string }>(`${one(id)}/send-password`);
export const sendWelcome = (id: string) => post<{ mail_id: string }>(`${one(id)}/send-welcome`);
export const makePasswordLink = (id: string) => post<T.HandedLink>(`${one(id)}/password-link`);
export const impersonate = (id: string, reason: string, write: boolean) =>
  post<T.Session>(`${one(id)}/impersonate`, { reason, write });

export const listUserSessions = (id: string, query: Page = {}) =>
  get<T.List<T.SessionItem>>(`${one(id)}/sessions`, { query });
export const endUserSession = (id: string, session: string) => del(`${one(id)}/sessions/${segment(session)}`);
export const endUserSessions = (id: string) => del(`${one(id)}/sessions`);

export const listUserProjects = (id: string, query: Page = {}) =>
  get<T.List<T.UserProject>>(`${one(id)}/projects`, { query });
export const addUserProject = (id: string, project: string) => put(`${one(id)}/projects/${segment(project)}`);
export const removeUserProject = (id: string, project: string) => del(`${one(id)}/projects/${segment(project)}`);

export const listUserActivity = (id: string, query: Page = {}) =>
  get<T.List<T.Activity>>(`${one(id)}/activity`, { query });
export const listUserMail = (id: string, query: Page = {}) => get<T.List<T.Mail>>(`${one(id)}/mail`, { query });

/** The export of all users: a plain link, so that the browser streams it to disk. */
export const usersCsv = pathOf("/users.csv");
