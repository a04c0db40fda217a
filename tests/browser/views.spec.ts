import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test, expect } from "./support/test.ts";
import type { Api } from "./support/api.ts";
import { ADA } from "./support/people.ts";
import { button, dialog, field, link, names, toast } from "./support/steps.ts";

const saved = (page: Page) => page.getByRole("list", { name: "Saved views" });
const narrow = (page: Page) =>
  page.getByRole("list", { name: "Narrow the list to" });
const marks = (page: Page) =>
  page.getByRole("table", { name: "Users" }).locator("mark");

async function crowd(api: Api): Promise<void> {
  await api.invite({
    name: "José Álvarez",
    email: "jose@acme.test",
    company: "Acme",
    groups: ["Vendor"],
  });
  await api.invite({
    name: "Vic Vendor",
    email: "vic@acme.test",
    groups: ["Vendor"],
  });
  await api.invite({
    name: "Cleo Customer",
    email: "cleo@west.test",
    company: "Jose & Sons",
  });
}

test("a search is saved, found in the navigation, renamed, deleted and brought back", async ({
  admin,
  api,
}) => {
  await crowd(api);
  await admin.goto("/users");
  await expect(names(admin)).toHaveCount(4);
  await expect(button(admin, "Save view")).toHaveCount(0);
  await field(admin, "Search users").fill("jose");
  await expect(names(admin)).toHaveCount(2);
  await button(admin, "Save view").click();
  const naming = dialog(admin, "Save this view");
  await expect(field(naming, "Name")).toHaveValue("jose");
  await field(naming, "Name").fill("All Josés");
  await admin.keyboard.press("Enter");
  await toast(admin, "“All Josés” is in the navigation, under Users.");
  await expect(link(admin, "All Josés")).toHaveAttribute(
    "aria-current",
    "page",
  );
  await expect(link(admin, "Users")).not.toHaveAttribute(
    "aria-current",
    "page",
  );
  await expect(button(admin, "Save view")).toHaveCount(0);

  await link(admin, "Users").click();
  await expect(names(admin)).toHaveCount(4);
  await expect(link(admin, "All Josés")).not.toHaveAttribute(
    "aria-current",
    "page",
  );
  await admin.goto("/projects");
  await link(admin, "All Josés").click();
  await expect(admin).toHaveURL(/\/users\?q=jose$/);
  await expect(names(admin)).toHaveCount(2);

  await button(admin, "More for the view All Josés").press("Enter");
  await expect(admin.getByRole("menuitem", { name: "Rename…" })).toBeFocused();
  await admin.keyboard.press("Enter");
  await field(dialog(admin, "Rename the view"), "Name").fill("Josés");
  await button(dialog(admin, "Rename the view"), "Save").click();
  await expect(saved(admin).getByRole("link")).toHaveText(["Josés"]);

  await button(admin, "More for the view Josés").click();
  await admin.getByRole("menuitem", { name: "Delete" }).click();
  await toast(admin, "The view “Josés” is deleted.");
  await expect(saved(admin)).toHaveCount(0);
  await button(admin, "Undo").click();
  await expect(saved(admin).getByRole("link")).toHaveText(["Josés"]);
  await admin.reload();
  await expect(saved(admin).getByRole("link")).toHaveText(["Josés"]);
});

test("a view is changed in place, or what is shown becomes another one", async ({
  admin,
  api,
}) => {
  await crowd(api);
  await api.call("POST", "/me/views", { name: "Josés", query: "q=jose" });
  const queries = async () => {
    const { items } = await api.call<{ items: { query: string }[] }>(
      "GET",
      "/me/views",
    );
    return items.map((view) => view.query);
  };
  const item = (name: string) => admin.getByRole("menuitem", { name });
  await admin.goto("/users");
  await link(admin, "Josés").click();
  await expect(names(admin)).toHaveCount(2);
  await button(admin.getByRole("columnheader", { name: "Created" }), "Created").click();
  await button(admin, "Save view").click();
  await item("Save changes to “Josés”").click();
  await toast(admin, "“Josés” now shows this list.");
  expect(await queries()).toEqual(["q=jose&sort=created"]);
  await expect(link(admin, "Josés")).toHaveAttribute("aria-current", "page");
  await expect(button(admin, "Save view")).toHaveCount(0);
  await button(admin, "Undo").click();
  await expect(button(admin, "Save view")).toBeVisible();
  expect(await queries()).toEqual(["q=jose"]);

  await button(admin, "Save view").click();
  await item("Save as a new view…").click();
  await field(dialog(admin, "Save this view"), "Name").fill("Newest Josés");
  await admin.keyboard.press("Enter");
  await toast(admin, "“Newest Josés” is in the navigation, under Users.");
  expect((await queries()).sort()).toEqual(["q=jose", "q=jose&sort=created"]);

  // All users, by the navigation: what is narrowed down from there is no view's any more.
  await link(admin, "Users").click();
  await field(admin, "Search users").fill("vic");
  await button(admin, "Save view").click();
  await expect(dialog(admin, "Save this view")).toBeVisible();
});

test("a name that another view has is told beside the field", async ({
  admin,
  api,
  guard,
}) => {
  await api.call("POST", "/me/views", {
    name: "Disabled",
    query: "disabled=only",
  });
  await admin.goto("/users?sort=-created");
  await button(admin, "Save view").click();
  guard.expectRefusal(422, "POST /me/views");
  await field(dialog(admin, "Save this view"), "Name").fill("disabled");
  await button(dialog(admin, "Save this view"), "Save").click();
  await expect(dialog(admin, "Save this view")).toContainText(
    "Another one has this name.",
  );
  await expect(field(dialog(admin, "Save this view"), "Name")).toBeFocused();
  await admin.keyboard.press("Escape");
  await expect(saved(admin).getByRole("link")).toHaveText(["Disabled"]);
});

test("what was found is marked, and the counts lead on", async ({
  admin,
  api,
}) => {
  await crowd(api);
  await admin.goto("/users?q=jose");
  await expect(marks(admin)).toHaveText(["José", "jose", "Jose"]);
  await admin.goto("/users?q=vend");
  await expect(marks(admin)).toHaveText(["Vend", "Vendor", "Vendor"]);
  await admin.goto("/users");
  await expect(marks(admin)).toHaveCount(0);
  await button(narrow(admin), "Vendor 2").click();
  await expect(names(admin)).toHaveCount(2);
  await expect(admin.getByRole("list", { name: "Filters" })).toContainText(
    "Group: Vendor",
  );
  await button(narrow(admin), "Customer 1").click();
  await expect(names(admin)).toHaveText([/Cleo/]);
  await button(admin, "Remove the filter Group: Customer").click();
  await button(narrow(admin), "Invited 3").click();
  await expect(admin).toHaveURL(/state=invited/);
  await expect(names(admin)).toHaveCount(3);
});

test("without the counts the list is as it was", async ({
  admin,
  api,
  guard,
}) => {
  await crowd(api);
  guard.expectRefusal(503, "GET /users/facets");
  await admin.route("**/api/v1/users/facets*", (route) =>
    route.fulfill({ status: 503, json: { code: "unavailable" } }),
  );
  await admin.goto("/users?q=jose");
  await expect(names(admin)).toHaveCount(2);
  await admin.waitForLoadState("networkidle");
  await expect(narrow(admin)).toHaveCount(0);
  await expect(admin.getByRole("alert")).toHaveCount(0);
});

for (const colorScheme of ["light", "dark"] as const) {
  test(`views, marks and counts on a phone, ${colorScheme}`, async ({
    admin,
    api,
    open,
  }) => {
    void admin;
    await crowd(api);
    await api.call("POST", "/me/views", {
      name: "A very long name ".repeat(8).trim(),
      query: "q=jose",
    });
    const page = await open(ADA, {
      colorScheme,
      viewport: { width: 390, height: 844 },
      reducedMotion: "reduce",
    });
    await page.goto("/users?q=jose&disabled=include");
    await expect(marks(page)).toHaveCount(3);
    await expect(narrow(page)).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await button(page, "Menu").click();
    await expect(saved(page)).toBeVisible();
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth,
    );
    expect(wide).toBeLessThanOrEqual(390);
    await saved(page).getByRole("link").click();
    await expect(page).toHaveURL(/\?q=jose$/);
    await expect(saved(page)).toBeHidden();
  });
}
