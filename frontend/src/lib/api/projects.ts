import { del, get, patch, post, put, segment, type Query } from "./client";
import type { List, Member, Project } from "./types";
import { everyPage } from "./pages";

export interface ProjectPatch {
  name?: string;
  description?: string | null;
  state?: Project["state"];
}

const one = (id: string) => `/projects/${segment(id)}`;
const member = (id: string, user: string) => `${one(id)}/members/${segment(user)}`;

export const allProjects = () =>
  everyPage((page) => get<List<Project>>("/projects", { query: { page, per_page: 200 } }));
export const listProjects = (query: Query) => get<List<Project>>("/projects", { query });
export const readProject = (id: string) => get<Project>(one(id));
export const createProject = (body: { name: string; description?: string }) => post<Project>("/projects", body);
export const changeProject = (id: string, body: ProjectPatch, version: number) =>
  patch<Project>(one(id), body, { ifMatch: version });
export const deleteProject = (id: string) => del(one(id));

export const listMembers = (id: string, query: Query) => get<List<Member>>(`${one(id)}/members`, { query });
export const addMember = (id: string, user: string) => put(member(id, user));
export const removeMember = (id: string, user: string) => del(member(id, user));
