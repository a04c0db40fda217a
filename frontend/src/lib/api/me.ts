import { get } from "./client";
import type { List, Project } from "./types";
import { everyPage } from "./pages";

export const listMyProjects = () =>
  everyPage((page) => get<List<Project>>("/me/projects", { query: { page, per_page: 200 } }));
