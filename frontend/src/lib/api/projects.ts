import { get } from "./client";
import type { List, Project } from "./types";
import { everyPage } from "./pages";

export const allProjects = () =>
  everyPage((page) => get<List<Project>>("/projects", { query: { page, per_page: 200 } }));
