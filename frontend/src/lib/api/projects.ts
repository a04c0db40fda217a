import { answer, api, clearing, given, ifMatch, type Query } from "./client";
import type { List, Member, Project } from "./types";
import { everyPage } from "./pages";

export interface ProjectPatch {
  name?: string;
  description?: string | null;
  state?: Project["state"];
}

const of = (id: string) => ({ params: { path: { id } } });
const member = (id: string, user_id: string) => ({ params: { path: { id, user_id } } });

export const allProjects = () =>
  everyPage((page) => answer<List<Project>>(api.GET("/projects", { params: { query: { page, per_page: 200 } } })));
export const listProjects = (query: Query) =>
  answer<List<Project>>(api.GET("/projects", { params: { query: given(query) as object } }));
export const readProject = (id: string) => answer<Project>(api.GET("/projects/{id}", of(id)));
export const createProject = (body: { name: string; description?: string }) =>
  answer<Project>(api.POST("/projects", { body }));
export const changeProject = (id: string, patch: ProjectPatch, version: number) =>
  answer<Project>(
    api.PATCH("/projects/{id}", { params: { path: { id }, header: ifMatch(version) }, body: clearing(patch) }),
  );
export const deleteProject = (id: string) => answer<void>(api.DELETE("/projects/{id}", of(id)));

export const listMembers = (id: string, query: Query) =>
  answer<List<Member>>(api.GET("/projects/{id}/members", { params: { path: { id }, query: given(query) as object } }));
export const addMember = (id: string, user: string) =>
  answer<void>(api.PUT("/projects/{id}/members/{user_id}", member(id, user)));
export const removeMember = (id: string, user: string) =>
  answer<void>(api.DELETE("/projects/{id}/members/{user_id}", member(id, user)));
