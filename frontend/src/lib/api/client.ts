/** The one place that talks to the server. Pages use the functions per noun beside this file. */
import createClient from "openapi-fetch";
import { anothers, brokenOff, isAbort, readProblem, unproven, unreachable } from "./problem";
import type { paths } from "./schema";

export type Query = Record<string, string | number | boolean | null | undefined>;

/** Asked when a session has ended; true means signed in again, so the request is worth repeating. */
export type Reauthenticate = (method: string) => Promise<boolean>;

let reauthenticate: Reauthenticate = async () => false;
export const onSessionEnd = (handler: Reauthenticate) => (reauthenticate = handler);

/** Told when the server refuses because one acts as someone else: the time for it may be over. */
let onImpersonating: () => Promise<void> = async () => {};
export const onImpersonationRefusal = (handler: () => Promise<void>) => (onImpersonating = handler);

/** Asked when the server wants a fresh proof of who one is; true means proven, so the request is worth repeating. */
let prove: () => Promise<boolean> = async () => false;
export const onProofNeeded = (handler: () => Promise<boolean>) => (prove = handler);

/** Asked before something is changed; false means that the browser's session is another person's than the page's. */
let own: () => Promise<boolean> = async () => true;
export const onChange = (handler: () => Promise<boolean>) => (own = handler);

/** Told when the server answers nothing more until one has a second factor. */
let onFactorRequired: () => Promise<void> = async () => {};
export const onFactorRefusal = (handler: () => Promise<void>) => (onFactorRequired = handler);

/** How far the server's clock is ahead of this one, in milliseconds: what is said to hold until a time is by its clock. */
let ahead = 0;
export const serverNow = () => Date.now() + ahead;

const BASE = "/api/v1";

/** Where 401 is an answer about a password or a link, not the end of a session. */
const COMING_IN = /^\/api\/v1\/(portal|setup|sign-up|session|links|password)(\/|$)/;

async function send(request: Request): Promise<Response> {
  try {
    // A copy, so that the request can be sent once more.
    const response = await globalThis.fetch(request.clone());
    const at = Date.parse(response.headers.get("date") ?? "");
    if (at) ahead = at - Date.now();
    return response;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw unreachable();
  }
}

async function talk(request: Request): Promise<Response> {
  const comesIn = COMING_IN.test(new URL(request.url).pathname);
  if (request.method !== "GET" && !comesIn && !(await own())) throw anothers();
  let response = await send(request);
  const asks = response.status === 401 && !comesIn;
  if (asks && (await reauthenticate(request.method))) response = await send(request);
  if (response.ok) return response;
  let problem = await readProblem(response);
  if (problem.code === "step-up-required") {
    if (!(await prove())) throw unproven();
    response = await send(request);
    if (response.ok) return response;
    problem = await readProblem(response);
  }
  if (problem.code === "impersonating") await onImpersonating();
  if (problem.code === "second-factor-required" && problem.status === 403) await onFactorRequired();
  throw problem;
}

export const api = createClient<paths>({ baseUrl: location.origin + BASE, fetch: talk });

/** A file that the server writes while it is read. What is refused or broken off is thrown, as for any other call. */
export async function fetchFile(address: string): Promise<{ name: string; file: Blob }> {
  const response = await talk(new Request(new URL(address, location.origin)));
  const named = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1];
  try {
    // The browser keeps what is large on its disk.
    return { name: named ?? address.split("/").pop()!, file: await response.blob() };
  } catch (error) {
    if (isAbort(error)) throw error;
    throw brokenOff();
  }
}

/** The body of an answer: what is no success was thrown before. */
export async function answer<T>(call: Promise<{ data?: unknown }>): Promise<T> {
  return (await call).data as T;
}

/** What is empty is not asked for. */
export function given<T extends object>(query: T): T {
  const kept = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return Object.fromEntries(kept) as T;
}

/** The version that was read: the server answers 412 when it has moved on. */
export const ifMatch = (version?: number) => (version === undefined ? {} : { "If-Match": `"${version}"` });

/** Null clears a field; the API's document has no way to say so. */
export type Clearable<T> = { [K in keyof T]: T[K] | null };
export const clearing = <T>(patch: Clearable<T>) => patch as T;

/** The address of a file of the API, for a plain link. */
export function pathOf(path: string, query: Query = {}): string {
  const search = new URLSearchParams(Object.entries(given(query)).map(([name, value]) => [name, String(value)]));
  return BASE + path + (search.size ? `?${search}` : "");
}
