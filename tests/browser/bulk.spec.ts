import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { test, expect } from "./support/test.ts";
import type { Api } from "./support/api.ts";
import { ADA, VERA } from "./support/people.ts";
import { button, dialog, link, names, panel, toast } from "./support/steps.ts";

const bar = (page: Page) => panel(page, "Selected users");
const box = (page: Page, name: string) => page.getByRole("checkbox", { name: `Select ${name}`, exact: true });
const all = (page: Page) => page.getByRole("columnheader").getByRole("checkbox", { name: "Select all on this page" });
const state = async (api: Api, id: string) => (await api.call<{ state: string }>("GET", `/users/${id}`)).state;

async function act(page: Page, action: string): Promise<void> {
  await button(bar(page), "All actions").click();
  await page.getByRole("menuitem", { name: action, exact: true }).click();
}

async function crew(api: Api, n: number): Promise<string[]> {
  const ids = [];
  for (let i = 1; i <= n; i++) {
    const name = `Walter ${String(i).padStart(2, "0")}`;
    const user = await api.invite({ name, email: `walter${i}@crew.test`, company: "Crew" });
    ids.push(user.id);
  }
  return ids;
}

test("some are disabled at once, oneself is left alone, and Undo brings them back", async ({ admin, api }) => {
  const ids = await crew(api, 4);
  await admin.goto("/users");
  await expect(bar(admin)).toBeHidden();
  await box(admin, "Walter 01").check();
  await box(admin, "Walter 03").click({ modifiers: ["Shift"] });
  await expect(bar(admin)).toContainText("3 selected");
  await box(admin, ADA.name).check();
  await button(bar(admin), "Disable").click();
  await toast(admin, "Disabled 3 users. They are signed out; undo does not sign them in. Left alone: Ada Lovelace (this is you).");
  await expect(bar(admin)).toBeHidden();
  await expect(names(admin)).toHaveText([/Ada/, /Walter 04/]);
  expect(await Promise.all(ids.map((id) => state(api, id)))).toEqual(["disabled", "disabled", "disabled", "invited"]);

  await button(admin, "Undo").click();
  await toast(admin, "Undone: 3 users as before.");
  await expect(names(admin)).toHaveCount(5);
  expect(await Promise.all(ids.map((id) => state(api, id)))).toEqual(Array(4).fill("invited"));
});

test("all that match, over more than a page, into a group and a project", async ({ admin, api }) => {
  await crew(api, 54);
  await api.call("POST", "/groups", { name: "Night shift" });
  await api.project("Dock");
  await admin.goto("/users?q=walter");
  await all(admin).check();
  await expect(bar(admin)).toContainText("50 selected");
  await button(bar(admin), "Select all 54 that match").click();
  await expect(bar(admin)).toContainText("All 54 selected");
  await act(admin, "Add to group…");
  const choice = dialog(admin, "Add 54 users to a group");
  await expect(choice.getByRole("button", { name: /Customer/ })).toBeVisible();
  await button(choice, "Night shift").click();
  await toast(admin, "Added 54 users to Night shift.");

  await admin.getByRole("textbox", { name: "Search users" }).fill("night walter 0");
  await expect(names(admin)).toHaveCount(9);
  await all(admin).check();
  await act(admin, "Add to project…");
  await dialog(admin, "Add 9 users to a project").getByRole("button", { name: "Dock" }).click();
  await toast(admin, "Added 9 users to Dock.");
  await expect(names(admin).first().getByRole("link"), "the bar is gone, the list is there").toBeFocused();
  await link(admin, "Walter 05").click();
  await expect(panel(admin, "Projects")).toContainText("Dock");

  // Later, from the list of what was done.
  await admin.goto("/users");
  await button(admin, "Bulk history").click();
  const history = dialog(admin, "Bulk history");
  const first = history.getByRole("listitem").filter({ hasText: "Added 54 users to Night shift" });
  await button(first, "Undo").click();
  await expect(first).toContainText("Undone: 54 users as before");
  await expect(button(first, "Undo")).toBeHidden();
  await expect(button(history.getByRole("listitem").filter({ hasText: "Dock" }), "Undo")).toBeVisible();
  await history.getByRole("button", { name: "Close" }).click();
  await admin.goto("/activity?action=users");
  await expect(admin.getByText("Ada Lovelace added 54 users to Night shift")).toBeVisible();
  await expect(admin.getByText("Ada Lovelace undid “Add to group” for 54 users")).toBeVisible();
});

test("a group that gives power over others asks first, with how many; Undo takes it back", async ({ admin, api }) => {
  const ids = await crew(api, 3);
  const groups = async () => (await api.call<{ groups: { name: string }[] }>("GET", `/users/${ids[0]}`)).groups;
  const before = await groups();
  await admin.goto("/users?q=walter");
  await all(admin).check();
  for (const answer of ["Cancel", "Add"]) {
    await act(admin, "Add to group…");
    await button(dialog(admin, "Add 3 users to a group"), /^Admin/).click();
    const asking = dialog(admin, "Add 3 users to Admin?");
    await expect(asking).toContainText("Each of them could then do everything here.");
    expect(await groups()).toEqual(before);
    await button(asking, answer).click();
    await expect(asking).toBeHidden();
  }
  await toast(admin, "Added 3 users to Admin.");
  expect((await groups()).map(({ name }) => name)).toContain("Admin");
  await button(admin, "Undo").click();
  await toast(admin, "Undone: 3 users as before.");
  expect(await groups()).toEqual(before);
});

test("by keys alone, and another search lets the selection go", async ({ admin, api }) => {
  await crew(api, 4);
  await admin.goto("/users");
  await expect(names(admin)).toHaveCount(5);
  const { keyboard } = admin;
  await keyboard.press("/");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("x");
  await expect(bar(admin)).toContainText("1 selected");
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("Shift+X");
  await expect(bar(admin)).toContainText("3 selected");
  await keyboard.press("Escape");
  await expect(bar(admin)).toBeHidden();
  await expect(link(admin, "Walter 03")).toBeFocused();
  await keyboard.press("x");
  await keyboard.press("a");
  await expect(button(bar(admin), "Disable")).toBeFocused();
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  await expect(button(bar(admin), "All actions")).toBeFocused();
  await keyboard.press("Enter");
  await expect(admin.getByRole("menuitem", { name: "Disable" })).toBeFocused();
  await keyboard.press("End");
  await expect(admin.getByRole("menuitem", { name: "Delete" })).toBeFocused();
  await keyboard.press("Escape");
  await expect(admin.getByRole("menu")).toBeHidden();
  await expect(bar(admin)).toContainText("1 selected");
  await admin.getByRole("textbox", { name: "Search users" }).fill("walter");
  await expect(bar(admin)).toBeHidden();
});

test("in a low window every action is still in reach", async ({ admin, api }) => {
  await crew(api, 2);
  await admin.setViewportSize({ width: 1280, height: 260 });
  await admin.goto("/users?q=walter");
  await box(admin, "Walter 01").check();
  await button(bar(admin), "All actions").click();
  const items = admin.getByRole("menuitem");
  await expect(items.first()).toBeFocused();
  await expect(items.first()).toBeInViewport({ ratio: 1 });
  await admin.keyboard.press("End");
  await expect(items.last()).toBeFocused();
  await expect(items.last()).toBeInViewport({ ratio: 1 });
  await items.filter({ hasText: "Enable" }).click();
  await toast(admin, /./);
});

test("what can’t be called back asks first; the bin gives back; who was left alone is told", async ({ admin, api }) => {
  const ids = await crew(api, 5);
  for (const id of ids.slice(0, 3)) await api.call("POST", `/users/${id}/disable`);
  await admin.goto("/users?disabled=include&q=walter");
  await expect(names(admin)).toHaveCount(5);
  await all(admin).check();
  await act(admin, "Send password…");
  const asking = dialog(admin, "Send password – 5 users");
  await expect(asking).toContainText("Mails can’t be called back");
  await button(asking, "Send").click();
  await toast(admin, "Sent a password link to 2 users. 3 were left alone.");
  await expect(button(admin, "Undo")).toBeHidden();
  await button(admin, "Details").click();
  const details = dialog(admin, "3 users left alone");
  await expect(details.getByRole("heading", { name: "Disabled" })).toBeVisible();
  await expect(details.getByRole("link")).toHaveText(["Walter 01", "Walter 02", "Walter 03"]);
  await admin.keyboard.press("Escape");

  await all(admin).check();
  await act(admin, "Delete");
  await toast(admin, "Moved 5 users to the bin. They are signed out; undo does not sign them in.");
  await link(admin, "Bin").click();
  await expect(names(admin)).toHaveCount(5);
  await all(admin).check();
  await expect(button(bar(admin), "Disable")).toBeHidden();
  await button(bar(admin), "Restore").click();
  await toast(admin, "Restored 5 users from the bin.");
  await expect(admin.getByText("The bin is empty")).toBeVisible();
});

test("one who may not be touched refuses it for all, and is named", async ({ api, open, guard }) => {
  await crew(api, 2);
  const permissions = ["users.read", "users.write", "projects.create"];
  await api.call("POST", "/groups", { name: "Managers", permissions });
  await api.enrol(VERA, { groups: ["Managers"] });
  const page = await open(VERA);
  await page.goto("/users");
  await all(page).check();
  await button(bar(page), "All actions").click();
  await expect(page.getByRole("menuitem")).toHaveText([
    "Disable",
    "Enable",
    "Add to group…",
    "Remove from group…",
    "Send password…",
  ]);
  guard.expectRefusal(403, "POST /users/bulk");
  await page.getByRole("menuitem", { name: "Disable" }).click();
  await toast(page, "Nothing was changed: one of these users holds permissions that you don’t have.");
  await button(page, "Details").click();
  const details = dialog(page, "Nothing was changed");
  await expect(details.getByRole("heading", { name: "Holds permissions that you don’t have" })).toBeVisible();
  await expect(details.getByRole("link")).toHaveText([ADA.name]);
  await page.keyboard.press("Escape");
  await expect(bar(page)).toContainText("4 selected");
  await box(page, ADA.name).uncheck();
  await act(page, "Disable");
  await toast(page, "Disabled 2 users. They are signed out; undo does not sign them in. Left alone: Vera Vendor (this is you).");
});

test.describe("thousands", () => {
  test.use({ madeUp: 3000 });

  test("how far it is shows on the bar", async ({ admin }) => {
    test.setTimeout(180_000);
    await admin.goto("/users?disabled=include");
    await expect(names(admin)).toHaveCount(50);
    await all(admin).check();
    await button(bar(admin), "Select all 3,001 that match").click();
    // A quick machine is done before anybody could look: the answer is held back until they have,
    // and the batch said to be half-way as long.
    let seen = () => {};
    const looked = new Promise<void>((resolve) => (seen = resolve));
    await admin.route("**/api/v1/users/bulk", async (route) => {
      const response = await route.fetch();
      await looked;
      await route.fulfill({ response });
    });
    await admin.route("**/api/v1/undo?*", async (route) => {
      const response = await route.fetch();
      const list = (await response.json()) as { items: object[] };
      const items = list.items.map((batch) => ({ ...batch, state: "running", done: 1200 }));
      await route.fulfill({ response, json: { ...list, items } });
    });
    await button(bar(admin), "Disable").click();
    await expect(bar(admin).getByRole("status")).toContainText("Disabling");
    await expect(bar(admin).getByRole("progressbar")).toBeVisible();
    if (process.env.LOOK_DIR) await admin.screenshot({ path: `${process.env.LOOK_DIR}/bulk-progress.png` });
    // Ada, who was left alone, is dealt with too.
    await expect(bar(admin).getByRole("status")).toContainText("1,201 of 3,001");
    seen();
    // On a machine that has other things to do it takes a while.
    const said = (words: RegExp) => admin.getByRole("status").filter({ hasText: words }).first();
    const patience = { timeout: 60_000 };
    await expect(said(/Disabled 3,000 users\. .* Left alone: Ada Lovelace \(this is you\)\./)).toBeVisible(patience);
    // Undoing says how far it is as well.
    let seenAgain = () => {};
    const lookedAgain = new Promise<void>((resolve) => (seenAgain = resolve));
    await admin.route("**/api/v1/undo/*", async (route) => {
      const response = await route.fetch();
      if (route.request().method() === "POST") {
        await lookedAgain;
        return route.fulfill({ response });
      }
      const batch = (await response.json()) as object;
      await route.fulfill({ response, json: { ...batch, state: "undoing", undone: 700, kept: 0 } });
    });
    await button(admin, "Undo").click();
    await expect(bar(admin).getByRole("status")).toContainText("Undoing: 700 of 3,000");
    seenAgain();
    await expect(said(/Undone: 2,\d+ users as before/)).toBeVisible(patience);
  });
});

for (const colorScheme of ["light", "dark"] as const) {
  for (const width of [1280, 390]) {
    test(`axe finds nothing on a selection, ${colorScheme}, ${width} px`, async ({ api, open }) => {
      await crew(api, 8);
      await api.call("POST", "/groups", { name: "Night shift" });
      const page = await open(ADA, { colorScheme, viewport: { width, height: 844 }, reducedMotion: "reduce" });
      const clean = async (what: string) => {
        const { violations } = await new AxeBuilder({ page }).analyze();
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
        expect.soft(told, what).toEqual([]);
        if (process.env.LOOK_DIR) {
          await page.screenshot({ path: `${process.env.LOOK_DIR}/bulk-${what}-${colorScheme}-${width}.png` });
        }
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect.soft(wide, `${what}: nothing is cut off at the side`).toBeLessThanOrEqual(0);
      };
      await page.goto("/users");
      await box(page, "Walter 02").check();
      await box(page, "Walter 04").click({ modifiers: ["Shift"] });
      await clean("selection");
      await button(bar(page), "All actions").click();
      await clean("actions");
      await page.getByRole("menuitem", { name: "Add to group…" }).click();
      await expect(dialog(page, "Add 3 users to a group").getByRole("button", { name: "Night shift" })).toBeVisible();
      await clean("choice");
      await button(dialog(page, "Add 3 users to a group"), "Night shift").click();
      await toast(page, "Added 3 users to Night shift.");
      // What was done stands above the bar of the next selection, not on it.
      await box(page, "Walter 05").check();
      const [told, actions] = [page.locator(".toast").last(), bar(page)];
      const above = async () => {
        const [upper, lower] = [await told.boundingBox(), await actions.boundingBox()];
        return upper && lower && upper.y + upper.height <= lower.y;
      };
      await expect.poll(above).toBe(true);
      await clean("done");
      await button(page, "Bulk history").click();
      await expect(dialog(page, "Bulk history").getByRole("listitem")).toHaveCount(1);
      await clean("history");
    });
  }
}
