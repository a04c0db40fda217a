/** Every page of the portal, with something on it. */
import { expect, type Page } from "@playwright/test";
import type { Api } from "./api.ts";
import type { MailServer } from "./mail-server.ts";
import { CARL, GRACE, SAM, VERA } from "./people.ts";

/** What the pages' addresses need. */
export interface Made {
  carl: string;
  binned: string;
  /** Signed up, waits for approval. */
  pending: string;
  project: string;
  group: string;
  link: string;
}
type Pages = Record<string, (made: Made) => string>;

export const PAGES: Pages = {
  home: () => "/",
  overview: () => "/overview",
  users: () => "/users?disabled=include",
  "users-nobody": () => "/users?q=nobody+at+all",
  "users-filtered": ({ group }) => `/users?group=${group}&state=invited`,
  bin: () => "/users?state=deleted",
  "new-user": () => "/users/new",
  import: () => "/users/import",
  user: ({ carl }) => `/users/${carl}`,
  "user-in-bin": ({ binned }) => `/users/${binned}`,
  pending: () => "/users?state=pending",
  "user-pending": ({ pending }) => `/users/${pending}`,
  projects: () => "/projects",
  project: ({ project }) => `/projects/${project}`,
  groups: () => "/groups",
  group: ({ group }) => `/groups/${group}`,
  activity: () => "/activity",
  outbox: () => "/mail",
  settings: () => "/settings",
  me: () => "/me",
  "not-found": () => "/no/such/page",
};

export const PUBLIC_PAGES: Pages = {
  "sign-in": () => "/",
  "sign-up": () => "/sign-up",
  forgot: () => "/forgot",
  link: ({ link }) => link,
  "link-incomplete": () => "/link",
  "set-up-already": () => "/setup",
};

/** People, projects, groups and mails in every state there is. */
export async function furnish(api: Api, mailServer: MailServer): Promise<Made> {
  await api.call("PATCH", "/settings", { support: { email: "help@rollcall.test", url: null } });
  const project = await api.project("Harbour", "New planks for the pier, and a lamp at its end.");
  await api.call("POST", "/projects", { name: "Old Mill", state: "archived" });
  const group = await api.call<{ id: string }>("POST", "/groups", {
    name: "Auditors",
    description: "Look at everything, change nothing.",
    permissions: ["users.read", "activity.read", "mail.read"],
  });
  const carl = await api.enrol(CARL, { company: "Customer Ltd", projects: [project.id] });
  await api.enrol(VERA, { groups: ["Vendor", "Auditors"], projects: [project.id] });
  await api.call("POST", `/users/${carl.id}/send-password`);
  const disabled = await api.invite({ name: "Dora Disabled", email: "dora@west.test", company: "West" });
  await api.call("POST", `/users/${disabled.id}/disable`, { reason: "Left the company" });
  const binned = await api.invite({ name: "Ben Bin", email: "ben@west.test" });
  await api.call("DELETE", `/users/${binned.id}`);
  mailServer.refuse("RCPT", "550 5.1.1 No such mailbox here");
  await api.call("POST", "/users", { name: GRACE.name, email: GRACE.email, welcome: { send: true } });
  await expect.poll(() => mails(api, "failed")).toBe(1);
  mailServer.accept();
  await api.call("POST", "/users", { name: SAM.name, email: SAM.email, welcome: { send: true } });
  await expect.poll(() => mailServer.to(SAM.email).length).toBe(1);
  await expect.poll(() => mails(api, "queued")).toBe(0);
  return {
    carl: carl.id,
    binned: binned.id,
    pending: await signUp(api, mailServer, { name: "Carl Customer", email: "carl@custommer.test", company: "Customer Ltd" }),
    project: project.id,
    group: group.id,
    link: mailServer.to(SAM.email)[0]!.link,
  };
}

/** Somebody who signs up, proves the address and waits for approval; their id. */
export async function signUp(
  api: Api,
  mailServer: MailServer,
  person: { name: string; email: string; company?: string },
): Promise<string> {
  await api.call("PATCH", "/settings", { sign_up: "approval" });
  const { name, email, company } = person;
  await api.call("POST", "/sign-up", { name, email, company: company ?? null });
  await expect.poll(() => mailServer.to(person.email).length).toBe(1);
  const token = new URL(mailServer.to(person.email)[0]!.link).hash.slice(1);
  await api.call("POST", "/links/redeem", { token, password: SAM.password });
  const found = await api.call<{ items: { id: string }[] }>("GET", `/users?state=pending&q=${person.email}`);
  return found.items[0]!.id;
}

async function mails(api: Api, state: string): Promise<number> {
  return (await api.call<{ total: number }>("GET", `/mail?state=${state}`)).total;
}

/** Everything asked for is here, and nothing moves any more. */
export async function settled(page: Page): Promise<void> {
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.waitForLoadState("networkidle");
  await expect(page.getByText("Loading")).toHaveCount(0);
}
