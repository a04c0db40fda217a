/** The fixtures: a portal of one's own for each test, a mail server, and browsers under guard. */
import { test as base, expect, type BrowserContextOptions, type Page } from "@playwright/test";
import { Api } from "./api.ts";
import { Guard } from "./guard.ts";
import { MailServer } from "./mail-server.ts";
import { ADA, type Person } from "./people.ts";
import { Portal } from "./portal.ts";

interface Fixtures {
  /** Whether the portal's configuration names the mail server. */
  smtp: boolean;
  /** How many made-up users are there from the start, beside Ada. */
  madeUp: number;
  /** More of the configuration, as variables. */
  environment: Record<string, string>;
  guard: Guard;
  mailServer: MailServer;
  /** Running, on an empty folder. */
  portal: Portal;
  /** Opens a browser of its own, signed in as somebody or as a visitor, at the portal's root. */
  open: (person?: Person, options?: BrowserContextOptions) => Promise<Page>;
  /** Ada, the first admin, exists and is signed in. */
  api: Api;
  /** Her browser. */
  admin: Page;
}

export const test = base.extend<Fixtures>({
  smtp: [true, { option: true }],
  madeUp: [0, { option: true }],
  environment: [{}, { option: true }],

  guard: async ({}, use) => {
    const guard = new Guard();
    await use(guard);
    expect(guard.verdict(), "what no story may cause").toEqual([]);
  },

  mailServer: async ({}, use) => {
    const server = new MailServer();
    await server.start();
    await use(server);
    await server.stop();
  },

  portal: async ({ smtp, madeUp, environment, mailServer }, use, info) => {
    const mail = {
      ROLLCALL_SMTP__HOST: "127.0.0.1",
      ROLLCALL_SMTP__PORT: String(mailServer.port),
      ROLLCALL_SMTP__ENCRYPTION: "none",
      ROLLCALL_SMTP__FROM: "portal@rollcall.test",
    };
    const portal = new Portal({ ...(smtp ? mail : {}), ...environment });
    try {
      if (madeUp) await portal.fill(madeUp, ADA);
      await portal.start();
      await use(portal);
    } finally {
      await info.attach("the portal's terminal", { body: portal.output, contentType: "text/plain" });
      await portal.remove();
    }
  },

  open: async ({ browser, portal, guard }, use) => {
    const contexts: { close: () => Promise<void> }[] = [];
    await use(async (person, options = {}) => {
      const context = await browser.newContext({ baseURL: portal.url, ...options });
      contexts.push(context);
      await guard.watch(context, portal.url);
      if (person) {
        const { email, password } = person;
        const answer = await context.request.post("/api/v1/session", { data: { email, password } });
        expect(answer.status(), `${person.name} signs in`).toBe(200);
      }
      const page = await context.newPage();
      await page.goto("/");
      return page;
    });
    for (const context of contexts) await context.close();
  },

  api: async ({ portal, madeUp }, use) => {
    const api = new Api(portal.url);
    if (madeUp) await api.signIn(ADA);
    else await api.call("POST", "/setup", { ...ADA, token: new URL(await portal.setUpAddress()).hash.slice(1) });
    await use(api);
  },

  admin: async ({ api, open }, use) => {
    // Asked for only so that Ada exists before she signs in.
    void api;
    await use(await open(ADA));
  },
});

export { expect };
