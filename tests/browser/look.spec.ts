/** Pictures of every page, for people to look at: LOOK_DIR=/some/folder npx playwright test look */
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { test } from "./support/test.ts";
import { furnish, PAGES, PUBLIC_PAGES, settled } from "./support/pages.ts";
import { ADA, CARL } from "./support/people.ts";
import { button, dialog, heading, moreAction } from "./support/steps.ts";

const FOLDER = process.env.LOOK_DIR ?? "look";
const HEIGHT = 900;
const EMPTY = ["home", "overview", "users", "bin", "projects", "groups", "activity", "outbox"] as const;

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    const options = { colorScheme, viewport: { width, height: HEIGHT }, reducedMotion: "reduce" as const };
    /** The whole page, in a window as high as it: what sticks to the edges is where it belongs. */
    const picture = async (page: Page, name: string) => {
      const whole = await page.evaluate(() => document.documentElement.scrollHeight);
      await page.setViewportSize({ width, height: Math.max(HEIGHT, whole) });
      await page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}-${width}.png`) });
      await page.setViewportSize({ width, height: HEIGHT });
    };
    /** What a person sees without scrolling. */
    const view = (page: Page, name: string) =>
      page.screenshot({ path: join(FOLDER, `${name}-${colorScheme}-${width}.png`) });

    test.describe(`${colorScheme}, ${width} px`, () => {
      test.setTimeout(180_000);

      test("every page", async ({ api, mailServer, open, guard }) => {
        const made = await furnish(api, mailServer);
        guard.expectRefusal(404, "GET /no/such/page");
        for (const [pages, person] of [
          [PAGES, ADA],
          [PUBLIC_PAGES, undefined],
        ] as const) {
          const page = await open(person, options);
          for (const [name, path] of Object.entries(pages)) {
            await page.goto(path(made));
            await settled(page);
            await picture(page, name);
          }
        }
      });

      test("dialogs, errors, acting as another", async ({ api, mailServer, open, guard }) => {
        const made = await furnish(api, mailServer);
        const page = await open(ADA, options);
        await page.goto("/users/new");
        await settled(page);
        await button(page, "Preview the mail").click();
        await dialog(page, "The mail as it will look").waitFor();
        await view(page, "preview");
        await page.keyboard.press("Escape");
        guard.expectRefusal(422, "POST /users");
        await page.getByRole("textbox", { name: "E-mail" }).fill(CARL.email);
        await button(page, "Save").click();
        await page.getByRole("link", { name: "Open that user" }).waitFor();
        await picture(page, "new-user-errors");
        for (const action of ["Delete…", "Disable…", "Copy link"]) {
          await page.goto(`/users/${made.carl}`);
          await settled(page);
          await moreAction(page, action);
          await dialog(page, /./).waitFor();
          await view(page, `dialog-${action.replace(/\W/g, "").toLowerCase()}`);
        }
        await page.goto(`/users/${made.carl}`);
        await button(page, "Log in as").click();
        await dialog(page, /Log in as/).getByLabel("Reason").fill("Request 4411");
        await view(page, "dialog-log-in-as");
        await button(dialog(page, /Log in as/), "Log in").click();
        await heading(page, /Hello, Carl/).waitFor();
        await settled(page);
        await picture(page, "acting-as-home");
        await page.goto("/me");
        await settled(page);
        await picture(page, "acting-as-me");
      });

      test("an empty portal", async ({ admin, open }) => {
        const page = await open(ADA, options);
        void admin;
        for (const name of EMPTY) {
          await page.goto(PAGES[name]!({ carl: "", binned: "", pending: "", project: "", group: "", link: "" }));
          await settled(page);
          await picture(page, `empty-${name}`);
        }
      });

      test.describe("filled", () => {
        test.use({ madeUp: 300 });

        test("fifty rows", async ({ admin, open }) => {
          void admin;
          const page = await open(ADA, options);
          for (const path of ["users", "overview", "projects", "activity"]) {
            await page.goto(`/${path}`);
            await settled(page);
            await picture(page, `full-${path}`);
          }
          await page.goto("/users?q=an");
          await settled(page);
          await picture(page, "full-users-found");
          await page.goto("/users/new");
          await settled(page);
          await picture(page, "full-new-user");
        });
      });
    });
  }
}
