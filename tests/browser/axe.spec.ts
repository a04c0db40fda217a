/** No page, menu or dialog has a finding of axe's, in either theme, wide or narrow. */
import type { Page } from "@playwright/test";
import { look } from "./support/axe.ts";
import { proofRunsOut } from "./support/factors.ts";
import { test, expect } from "./support/test.ts";
import { furnish, PAGES, PUBLIC_PAGES, settled, type Made } from "./support/pages.ts";
import { ADA, type Person } from "./support/people.ts";
import { button, dialog, link, moreAction, panel } from "./support/steps.ts";

/** The dialogs and menus, each opened from its page. */
const OPENED: Record<string, [path: (made: Made) => string, open: (page: Page) => Promise<void>]> = {
  "log in as": [({ carl }) => `/users/${carl}`, (page) => button(page, "Log in as").click()],
  disable: [({ carl }) => `/users/${carl}`, (page) => moreAction(page, "Disable…")],
  delete: [({ carl }) => `/users/${carl}`, (page) => moreAction(page, "Delete…")],
  "copy link": [({ carl }) => `/users/${carl}`, (page) => moreAction(page, "Copy link")],
  approve: [({ pending }) => `/users/${pending}`, (page) => button(page, "Approve…").click()],
  decline: [({ pending }) => `/users/${pending}`, (page) => button(page, "Decline…").click()],
  "more actions": [({ carl }) => `/users/${carl}`, (page) => button(page, "More actions").click()],
  preview: [() => "/users/new", (page) => button(page, "Preview the mail").click()],
  "new project": [() => "/projects", (page) => button(page, "New project").click()],
  "new group": [() => "/groups", (page) => button(page, "New group").click()],
  "delete group": [({ group }) => `/groups/${group}`, (page) => button(page, "Delete…").click()],
  "add an app": [() => "/me", (page) => button(panel(page, "Second factors"), "Add an app").click()],
  "add a passkey": [() => "/me", (page) => button(panel(page, "Second factors"), "Add a passkey").click()],
  "new token": [() => "/me", (page) => button(panel(page, "API tokens"), "New token").click()],
  "prove it": [
    () => "/settings",
    async (page) => {
      await proofRunsOut(page);
      await page.reload();
      await link(page, "Download a backup").click();
      await dialog(page, "Confirm it’s you").getByLabel("Password").waitFor();
    },
  ],
  shortcuts: [() => "/", (page) => page.keyboard.press("?")],
};

/** So many pages share a portal, so that none takes long. */
function inParts<T>(all: T[], size = 4): T[][] {
  return all.length <= size ? [all] : [all.slice(0, size), ...inParts(all.slice(size), size)];
}

for (const [pages, person] of [
  [PAGES, ADA],
  [PUBLIC_PAGES, undefined],
] as [typeof PAGES, Person | undefined][]) {
  for (const part of inParts(Object.entries(pages))) {
    test(`axe: ${part.map(([name]) => name).join(", ")}`, async ({ api, mailServer, open, guard }) => {
      const made = await furnish(api, mailServer);
      if (part.some(([name]) => name === "not-found")) guard.expectRefusal(404, "GET /no/such/page");
      const page = await open(person);
      for (const [name, path] of part) {
        await page.goto(path(made));
        await settled(page);
        await look(page, name);
      }
    });
  }
}

for (const part of inParts(Object.entries(OPENED))) {
  test(`axe: ${part.map(([name]) => name).join(", ")}, open`, async ({ api, mailServer, open }) => {
    const made = await furnish(api, mailServer);
    const page = await open(ADA);
    for (const [name, [path, show]] of part) {
      await page.goto(path(made));
      await settled(page);
      await show(page);
      await expect(name === "more actions" ? page.getByRole("menu") : dialog(page, /./)).toBeVisible();
      await look(page, name);
    }
  });
}
