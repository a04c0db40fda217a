import { answer, api } from "./client";
import { everyPage } from "./pages";
import type { List, View } from "./types";

const of = (id: string) => ({ params: { path: { id } } });

export const listMyViews = () =>
  everyPage((page) => answer<List<View>>(api.GET("/me/views", { params: { query: { page, per_page: 200 } } })));
export const createMyView = (name: string, query: string) =>
  answer<View>(api.POST("/me/views", { body: { name, query } }));
export const changeMyView = (id: string, patch: { name?: string; query?: string }) =>
  answer<View>(api.PATCH("/me/views/{id}", { ...of(id), body: patch }));
export const deleteMyView = (id: string) => answer<void>(api.DELETE("/me/views/{id}", of(id)));
