import { get, post, segment, type Query } from "./client";
import type { HandedLink, List, Mail } from "./types";

const one = (id: string) => `/mail/${segment(id)}`;

export const listMail = (query: Query) => get<List<Mail>>("/mail", { query });
export const readMail = (id: string) => get<Mail>(one(id));
export const retryMail = (id: string) => post<Mail>(`${one(id)}/retry`);
export const cancelMail = (id: string) => post<Mail>(`${one(id)}/cancel`);
/** The one-time link of a mail; that it was looked at is recorded. */
export const showMailLink = (id: string) => post<HandedLink>(`${one(id)}/link`);
