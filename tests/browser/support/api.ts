/** The API as an admin's script would use it: for what a story needs but is not about. */
import type { Person } from "./people.ts";

export interface Ref {
  id: string;
  name: string;
}
export interface User extends Ref {
  version: number;
  email: string;
  state: string;
  groups: Ref[];
}

export class Api {
  readonly #url: string;
  #cookie = "";

  constructor(url: string) {
    this.#url = `${url}/api/v1`;
  }

  async signIn({ email, password }: Person): Promise<void> {
    await this.call("POST", "/session", { email, password });
  }

  /** Any call; a refusal is an error. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: {
        cookie: this.#cookie,
        ...(method === "GET" ? {} : { "content-type": "application/json" }),
      },
      body: method === "GET" ? null : JSON.stringify(body ?? {}),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    const cookie = response.headers.getSetCookie()[0];
    if (cookie && !this.#cookie) this.#cookie = cookie.split(";")[0]!;
    return (text ? JSON.parse(text) : null) as T;
  }

  /** A user without a password. */
  async invite(user: { name: string; email: string; company?: string; groups?: string[]; projects?: string[] }) {
    const groups = await Promise.all((user.groups ?? []).map((name) => this.groupId(name)));
    return this.call<User>("POST", "/users", { ...user, groups });
  }

  /** A user who has chosen a password and can sign in. */
  async enrol(person: Person, more: { company?: string; groups?: string[]; projects?: string[] } = {}): Promise<User> {
    const user = await this.invite({ name: person.name, email: person.email, ...more });
    const { url } = await this.call<{ url: string }>("POST", `/users/${user.id}/password-link`);
    const visitor = new Api(this.#url.replace("/api/v1", ""));
    await visitor.call("POST", "/links/redeem", { token: new URL(url).hash.slice(1), password: person.password });
    return user;
  }

  async groupId(name: string): Promise<string> {
    const groups = await this.call<{ items: Ref[] }>("GET", "/groups");
    return groups.items.find((group) => group.name === name)!.id;
  }

  async project(name: string, description?: string): Promise<Ref> {
    return this.call<Ref>("POST", "/projects", { name, description });
  }
}
