import { AxeBuilder } from "@axe-core/playwright";
import { test, expect } from "./support/test.ts";
import { ADA } from "./support/people.ts";
import { furnish, settled } from "./support/pages.ts";
import { button, heading, link, names, panel } from "./support/steps.ts";

test("the first admin is told what will be here", async ({ admin }) => {
  await link(admin, "Overview").click();
  await expect(heading(admin, "Overview")).toBeVisible();
  await expect(admin.getByText("You are the first.")).toBeVisible();
  await expect(panel(admin, "Sign-ups")).toContainText("Nobody in these 90 days.");
  await link(admin, "New User").click();
  await expect(heading(admin, "New User")).toBeVisible();
});

test("counts lead to what they count, and every chart has its table", async ({ admin, api, mailServer }) => {
  await furnish(api, mailServer);
  await admin.goto("/overview");
  const glance = admin.getByRole("list", { name: "At a glance" });
  await expect(glance.getByRole("listitem")).toHaveText([
    /^Users\s*7$/,
    /^Active today\s*\d$/,
    /^New in 30 days\s*7$/,
    /^Waiting for approval\s*1$/,
    /^Failed mails\s*1$/,
  ]);
  await expect(admin.getByRole("img", { name: /^Sign-ups on each of the last 90 days: 1 in all/ })).toBeVisible();
  await expect(admin.getByRole("img", { name: /^Active users on each of the last 90 days: most on/ })).toBeVisible();
  await expect(admin.getByRole("img", { name: "Admin: 1 active" })).toBeVisible();

  const groups = panel(admin, "Users by group and state");
  await groups.getByText("As a table").click();
  const row = groups.getByRole("row", { name: /^Auditors/ });
  await expect(row.getByRole("cell")).toHaveText(["1", "0", "0", "0", "1"]);
  await panel(admin, "New users").getByText("As a table").click();
  await expect(panel(admin, "New users").getByRole("table").getByRole("row")).toHaveCount(2);

  await link(glance, "Waiting for approval").click();
  await expect(names(admin)).toHaveText([/Carl Customer/]);
  await admin.goBack();
  await link(glance, "Failed mails").click();
  await expect(heading(admin, "Outbox")).toBeVisible();
  await expect(admin).toHaveURL(/state=failed/);
});

test("without users.read there is no such page", async ({ api, open }) => {
  await api.enrol({ ...ADA, name: "Vic", email: "vic@west.test" }, { groups: ["Vendor"] });
  const page = await open({ ...ADA, name: "Vic", email: "vic@west.test" });
  await expect(link(page, "Overview")).toHaveCount(0);
  await page.goto("/overview");
  await expect(page.getByText("It takes a permission that you don’t have.")).toBeVisible();
});

test("when the counts do not come, one can ask again", async ({ admin, guard }) => {
  guard.expectRefusal(503, "GET /stats");
  await admin.route("**/api/v1/stats", (route) => route.fulfill({ status: 503, json: { code: "unavailable" } }));
  await admin.goto("/overview");
  await expect(admin.getByText("The overview could not be loaded")).toBeVisible();
  await admin.unroute("**/api/v1/stats");
  await button(admin, "Try again").click();
  await expect(panel(admin, "Sign-ups")).toBeVisible();
});

test.describe("filled", () => {
  test.use({ madeUp: 300 });

  for (const colorScheme of ["light", "dark"] as const) {
    test(`on a phone, ${colorScheme}`, async ({ admin, open }) => {
      void admin;
      const page = await open(ADA, {
        colorScheme,
        viewport: { width: 390, height: 844 },
        reducedMotion: "reduce",
      });
      await page.goto("/overview");
      await settled(page);
      for (const table of await page.getByText("As a table").all()) await table.click();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide).toBeLessThanOrEqual(390);
    });
  }
});
