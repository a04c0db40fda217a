/** The one place that talks to the server. Pages use the functions per noun beside this file. */
import { isAbort, readProblem, unreachable } from "./problem";

export type Query = Record<string, string | number | boolean | null | undefined>;
export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Options {
  query?: Query;
  body?: unknown;
  /** The version that was read: the server answers 412 when it has moved on. */
  ifMatch?: number;
  signal?: AbortSignal;
  /** For calls where 401 is an answer about a password, not about the session. */
  public?: boolean;
}

/** Asked when a session has ended; true means signed in again, so the request is worth repeating. */
export type Reauthenticate = (method: Method) => Promise<boolean>;

let reauthenticate: Reauthenticate = async () => false;
export const onSessionEnd = (handler: Reauthenticate) => (reauthenticate = handler);

/** Told when the server refuses because one acts as someone else: the time for it may be over. */
let onImpersonating: () => Promise<void> = async () => {};
export const onImpersonationRefusal = (handler: () => Promise<void>) => (onImpersonating = handler);

const BASE = "/api/v1";

export function pathOf(path: string, query: Query = {}): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") params.set(name, String(value));
  }
  const search = params.toString();
  return BASE + path + (search && `?${search}`);
}

async function send(method: Method, path: string, options: Options): Promise<Response> {
  const headers: Record<string, string> = { accept: "application/json" };
  // A POST without a body is {}: the API takes no other kind.
  const body = options.body ?? (method === "POST" ? {} : undefined);
  if (body !== undefined) headers["content-type"] = "application/json";
  if (options.ifMatch !== undefined) headers["if-match"] = `"${options.ifMatch}"`;
  try {
    return await fetch(pathOf(path, options.query), {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: options.signal,
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw unreachable();
  }
}

export async function request<T>(method: Method, path: string, options: Options = {}): Promise<T> {
  let response = await send(method, path, options);
  if (response.status === 401 && !options.public && (await reauthenticate(method))) {
    response = await send(method, path, options);
  }
  if (!response.ok) {
    const problem = await readProblem(response);
    if (problem.code === "impersonating") await onImpersonating();
    throw problem;
  }
  return (response.status === 204 ? undefined : await response.json()) as T;
}

export const get = <T>(path: string, options?: Options) => request<T>("GET", path, options);
export const post = <T>(path: string, body?: unknown, options?: Options) =>
  request<T>("POST", path, { ...options, body });
export const patch = <T>(path: string, body: unknown, options?: Options) =>
  request<T>("PATCH", path, { ...options, body });
export const put = (path: string, options?: Options) => request<void>("PUT", path, options);
export const del = <T = void>(path: string, options?: Options) => request<T>("DELETE", path, options);

/** A part of a path: whatever an address bar held must stay one segment. */
export const segment = (value: string) => encodeURIComponent(value);
