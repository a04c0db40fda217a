import { answer, api, clearing, given, ifMatch, type Query } from "./client";
import type { Activity, List, Project, SessionItem, User } from "./types";
import { everyPage } from "./pages";

export interface ProfilePatch {
  name?: string;
  company?: string | null;
  phone?: string | null;
}

export const listMyProjects = () =>
  everyPage((page) => answer<List<Project>>(api.GET("/me/projects", { params: { query: { page, per_page: 200 } } })));

export const readMe = () => answer<User>(api.GET("/me"));
export const changeMe = (patch: ProfilePatch, version: number) =>
  answer<User>(api.PATCH("/me", { params: { header: ifMatch(version) }, body: clearing(patch) }));
/** Mails a link to the new address; nothing changes before it is opened. */
export const askEmailChange = (email: string, password: string) =>
  answer<object>(api.POST("/me/email", { body: { email, password } }));
export const changePassword = (current: string, next: string) =>
  answer<object>(api.POST("/me/password", { body: { current, new: next } }));

export const listMySessions = () =>
  answer<List<SessionItem>>(api.GET("/me/sessions", { params: { query: { per_page: 200 } } }));
export const endMySession = (id: string) => answer<void>(api.DELETE("/me/sessions/{id}", { params: { path: { id } } }));
/** Ends all but this one. */
export const endMyOtherSessions = () => answer<void>(api.DELETE("/me/sessions"));

export const listMyActivity = (query: Query) =>
  answer<List<Activity>>(api.GET("/me/activity", { params: { query: given(query) as object } }));
