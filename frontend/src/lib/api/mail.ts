import { answer, api, given, type Query } from "./client";
import type { HandedLink, List, Mail } from "./types";

const of = (id: string) => ({ params: { path: { id } } });

export const listMail = (query: Query) =>
  answer<List<Mail>>(api.GET("/mail", { params: { query: given(query) as object } }));
export const readMail = (id: string) => answer<Mail>(api.GET("/mail/{id}", of(id)));
export const retryMail = (id: string) => answer<Mail>(api.POST("/mail/{id}/retry", of(id)));
export const cancelMail = (id: string) => answer<Mail>(api.POST("/mail/{id}/cancel", of(id)));
/** The one-time link of a mail; that it was looked at is recorded. */
export const showMailLink = (id: string) => answer<HandedLink>(api.POST("/mail/{id}/link", of(id)));
