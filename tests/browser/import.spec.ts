import { AxeBuilder } from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { test, expect } from "./support/test.ts";
import type { Api } from "./support/api.ts";
import { button, heading, link, panel, toast } from "./support/steps.ts";

const rows = (page: Page): Locator => page.getByRole("table", { name: "Rows of the file" }).locator("tbody tr");
const state = async (api: Api, id: string) => (await api.call<{ state: string }>("GET", `/users/${id}`)).state;

async function choose(page: Page, text: string | Buffer, name = "people.csv"): Promise<void> {
  const buffer = typeof text === "string" ? Buffer.from(text) : text;
  await page.getByLabel("CSV file").setInputFiles({ name, mimeType: "text/csv", buffer });
}

async function axe(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`)).toEqual([]);
}

test("a file is previewed, applied and undone", async ({ admin, api, mailServer }) => {
  const ann = await api.invite({
    name: "Ann Old",
    email: "ann@people.test",
    company: "Acme",
  });
  await api.invite({ name: "Bo", email: "bo@people.test" });
  await admin.goto("/users");
  await link(admin, "Import CSV").click();
  await expect(heading(admin, "Import users")).toBeVisible();
  await axe(admin);
  await choose(
    admin,
    "name;email;state;groups\nAnn New;ann@people.test;disabled;\nBo;bo@people.test;;\n" +
      "Cy;cy@people.test;;Vendor\nDee;no address;;\nEve;eve@people.test;;Night shift\n",
  );

  await expect(panel(admin, "people.csv")).toContainText("UTF-8, separated by semicolons.");
  await expect(button(admin, "All 5")).toHaveAttribute("aria-pressed", "true");
  await expect(rows(admin)).toHaveCount(5);
  const first = rows(admin).nth(0);
  await expect(first).toContainText("Changed");
  await expect(first.getByRole("deletion").first()).toContainText("Ann Old");
  await expect(first.getByRole("insertion").first()).toContainText("Ann New");
  await expect(rows(admin).nth(3)).toContainText("This is not an e-mail address");
  await axe(admin);

  await button(admin, "Error 2").click();
  await expect(rows(admin)).toHaveCount(2);
  const download = admin.waitForEvent("download");
  await link(admin, "Download these rows").click();
  expect((await download).suggestedFilename()).toBe("import-errors.csv");

  await admin.getByLabel("Make groups and projects that are not there").check();
  await expect(button(admin, "Error 1")).toBeVisible();
  await expect(admin.getByText("Makes Night shift.")).toBeVisible();
  await admin.getByLabel("Send a welcome e-mail to everyone who is created").check();
  await button(admin, "Create 2 users, change 1").click();

  await expect(panel(admin, "2 users created, 1 changed")).toContainText("1 was so already; 1 row left out");
  await axe(admin);
  expect(await state(api, ann.id)).toBe("disabled");
  await expect
    .poll(() => mailServer.mails.map((mail) => mail.recipients[0]).sort())
    .toEqual(["cy@people.test", "eve@people.test"]);

  await button(admin, "Undo the import").click();
  await toast(admin, "Undone: 3 users as before.");
  await expect(heading(admin, "Import users")).toBeVisible();
  expect(await state(api, ann.id)).toBe("invited");
  await link(admin, "See the users").click();
  await expect(link(admin, "Ann Old")).toBeVisible();
  await expect(link(admin, "Cy")).toBeHidden();
});

test("unknown columns are mapped by hand, and a wrong file says why", async ({ admin, guard }) => {
  guard.expectRefusal(422, "POST /users/import");
  await admin.goto("/users/import");
  await choose(admin, "");
  await expect(admin.getByRole("alert")).toContainText("The file is empty.");
  await choose(admin, 'name,email\nAnn,"ann@people.test\n');
  await expect(admin.getByRole("alert")).toContainText("never closed");

  await choose(admin, Buffer.from("Nachname;Wohin;Notizen\nWei\xdf;weiss@people.test;Freund\n", "latin1"));
  const mapping = panel(admin, "Which column is which?");
  await expect(mapping).toBeVisible();
  await expect(mapping.getByLabel("Nachname")).toHaveValue("last_name");
  await expect(mapping.getByLabel("Wohin")).toHaveValue("");
  await expect(button(mapping, "Preview")).toBeDisabled();
  await axe(admin);
  await mapping.getByLabel("Wohin").selectOption("E-mail");
  await mapping.getByLabel("Notizen").selectOption("Leave out");
  await button(mapping, "Preview").click();
  await expect(panel(admin, "people.csv")).toContainText("Windows-1252, separated by semicolons.");
  await expect(rows(admin)).toContainText("Weiß");
  await expect(rows(admin)).not.toContainText("Freund");

  await button(admin, "Change columns").click();
  await mapping.getByLabel("Notizen").selectOption("Notes");
  await button(mapping, "Preview").click();
  await expect(rows(admin)).toContainText("Freund");
  await admin.reload();
  await expect(rows(admin)).toContainText("Freund");
  await button(admin, "Create 1 user").click();
  await expect(panel(admin, "1 user created")).toBeVisible();
});

test("who changed since stops it, and the preview is made anew", async ({ admin, api, guard }) => {
  guard.expectRefusal(412, "POST /users/import");
  const ann = await api.invite({ name: "Ann", email: "ann@people.test" });
  await admin.goto("/users/import");
  await choose(admin, "name,email\nAnna,ann@people.test\n");
  await expect(rows(admin)).toHaveCount(1);
  await api.call("PATCH", `/users/${ann.id}`, { name: "Anne" });
  await button(admin, "Change 1").click();
  await expect(admin.getByRole("alert")).toContainText("Nothing was changed");
  await button(admin, "Try again").click();
  await expect(rows(admin).getByRole("deletion")).toContainText("Anne");
  await button(admin, "Change 1").click();
  await expect(panel(admin, "1 changed")).toBeVisible();
});

test("a large one shows how far it is, outlives a reload and can be cancelled", async ({ admin, api }) => {
  test.setTimeout(300_000);
  const many = Array.from({ length: 200_000 }, (_, n) => `Person ${n},person${n}@people.test`);
  await admin.goto("/users/import");
  await choose(admin, `name,email\n${many.join("\n")}\n`);
  await expect(button(admin, "All 200,000")).toBeVisible({ timeout: 90_000 });
  await button(admin, "Create 200,000 users").click();
  const progress = admin.getByRole("progressbar", { name: "Importing" });
  await expect(progress).toBeVisible();
  await expect(progress).not.toHaveAttribute("value", "0", { timeout: 60_000 });
  await axe(admin);
  await admin.reload();
  await expect(progress).toBeVisible();
  await button(admin, "Cancel the import").click();
  await expect(button(admin, "Choose a file")).toBeVisible({ timeout: 120_000 });
  await toast(admin, "The import was cancelled, and nothing of it was kept.");
  expect((await api.call<{ total: number }>("GET", "/users?per_page=1")).total).toBe(1);
});

test("who may not import has no way there", async ({ api, open }) => {
  await api.call("POST", "/groups", {
    name: "Managers",
    permissions: ["users.read", "users.write"],
  });
  const mona = {
    name: "Mona",
    email: "mona@people.test",
    password: "velvet-heron-91-basalt",
  };
  await api.enrol(mona, { groups: ["Managers"] });
  const page = await open(mona);
  await page.goto("/users");
  await expect(heading(page, "Users")).toBeVisible();
  await expect(link(page, "Import CSV")).toBeHidden();
  await page.goto("/users/import");
  await expect(page.getByText("You can’t import users")).toBeVisible();
});
