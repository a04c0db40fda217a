import { answer, api, clearing, given, ifMatch, pathOf, type Clearable } from "./client";
import type { paths } from "./schema";
import type * as T from "./types";

export type UserQuery = NonNullable<paths["/users"]["get"]["parameters"]["query"]>;
export type UserFilter = NonNullable<paths["/users/facets"]["get"]["parameters"]["query"]>;

type Page = { page?: number; per_page?: number };
const of = (id: string) => ({ params: { path: { id } } });
const pageOf = (id: string, query: Page) => ({ params: { path: { id }, query } });

export const listUsers = (query: UserQuery, signal?: AbortSignal) =>
  answer<T.UserList>(api.GET("/users", { params: { query: given(query) }, signal }));
/** How many of those the list would show are in each state and group. */
export const countUsers = (query: UserFilter, signal?: AbortSignal) =>
  answer<T.UserFacets>(api.GET("/users/facets", { params: { query: given(query) }, signal }));
export const readUser = (id: string) => answer<T.User>(api.GET("/users/{id}", of(id)));
export const createUser = (body: T.NewUser) => answer<T.User>(api.POST("/users", { body }));
export const previewWelcome = (body: T.NewUser) => answer<T.MailPreview>(api.POST("/users/preview-welcome", { body }));
export const changeUser = (id: string, patch: Clearable<T.UserPatch>, version?: number) =>
  answer<T.User>(
    api.PATCH("/users/{id}", { params: { path: { id }, header: ifMatch(version) }, body: clearing(patch) }),
  );
export const deleteUser = (id: string) => answer<void>(api.DELETE("/users/{id}", of(id)));
export const purgeUser = (id: string) =>
  answer<void>(api.DELETE("/users/{id}", { params: { path: { id }, query: { purge: "true" } } }));

export const disableUser = (id: string, reason?: string) =>
  answer<T.User>(api.POST("/users/{id}/disable", { ...of(id), body: reason ? { reason } : {} }));
export const enableUser = (id: string) => answer<T.User>(api.POST("/users/{id}/enable", of(id)));
export const restoreUser = (id: string) => answer<T.User>(api.POST("/users/{id}/restore", of(id)));

export const declineUser = (id: string, message: string) =>
  answer<T.User>(api.POST("/users/{id}/decline", { ...of(id), body: message ? { message } : {} }));
/** Who may be the same person as somebody who signed up. */
export const listDuplicates = (id: string) =>
  answer<T.List<T.Duplicate>>(api.GET("/users/{id}/duplicates", pageOf(id, { per_page: 10 })));

export const sendPassword = (id: string) => answer<{ mail_id: string }>(api.POST("/users/{id}/send-password", of(id)));
export const sendWelcome = (id: string) => answer<{ mail_id: string }>(api.POST("/users/{id}/send-welcome", of(id)));
export const makePasswordLink = (id: string) => answer<T.HandedLink>(api.POST("/users/{id}/password-link", of(id)));
export const impersonate = (id: string, reason: string, write: boolean) =>
  answer<T.Session>(api.POST("/users/{id}/impersonate", { ...of(id), body: { reason, write } }));

export const listUserSessions = (id: string, query: Page = {}) =>
  answer<T.List<T.SessionItem>>(api.GET("/users/{id}/sessions", pageOf(id, query)));
export const endUserSession = (id: string, session_id: string) =>
  answer<void>(api.DELETE("/users/{id}/sessions/{session_id}", { params: { path: { id, session_id } } }));
export const endUserSessions = (id: string) => answer<void>(api.DELETE("/users/{id}/sessions", of(id)));

const inProject = (id: string, project_id: string) => ({ params: { path: { id, project_id } } });
export const listUserProjects = (id: string, query: Page = {}) =>
  answer<T.List<T.UserProject>>(api.GET("/users/{id}/projects", pageOf(id, query)));
export const addUserProject = (id: string, project: string) =>
  answer<void>(api.PUT("/users/{id}/projects/{project_id}", inProject(id, project)));
export const removeUserProject = (id: string, project: string) =>
  answer<void>(api.DELETE("/users/{id}/projects/{project_id}", inProject(id, project)));

export const listUserActivity = (id: string, query: Page = {}) =>
  answer<T.List<T.Activity>>(api.GET("/users/{id}/activity", pageOf(id, query)));
export const listUserMail = (id: string, query: Page = {}) =>
  answer<T.List<T.Mail>>(api.GET("/users/{id}/mail", pageOf(id, query)));

/** The export of all users (see download.ts). */
export const usersCsv = pathOf("/users.csv");
