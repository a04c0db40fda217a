/** No page, menu or dialog has a finding of axe's, in either theme, wide or narrow. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test, expect } from "./support/test.ts";
import { furnish, PAGES, PUBLIC_PAGES, settled, type Made } from "./support/pages.ts";
import { ADA, type Person } from "./support/people.ts";
import { button, dialog, moreAction } from "./support/steps.ts";

const HEIGHT = 900;
const WIDTHS = [1280, 390];

/** All rules, or those named. What passed is not asked for: telling it takes longer than finding it. */
async function findings(page: Page, rules?: string[]): Promise<string[]> {
  // However short a change of colours is, none may be looked at half-way.
  await page.waitForFunction(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(!document.getAnimations().length)))),
  );
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
}

/** A page as it stands is looked at in every way; a theme changes nothing but its colours. */
async function look(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    for (const [colorScheme, rules] of [["light"], ["dark", ["color-contrast"]]] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      expect.soft(await findings(page, rules && [...rules]), `${name}, ${colorScheme}, ${width} px`).toEqual([]);
    }
  }
  await page.setViewportSize({ width: WIDTHS[0]!, height: HEIGHT });
}

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
