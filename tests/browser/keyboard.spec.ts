import { test, expect } from "./support/test.ts";
import { ADA, CARL, VERA } from "./support/people.ts";
import { button, dialog, field, heading, link, names, panel } from "./support/steps.ts";

test("the list by keys alone: /, arrows, Enter, Esc, n, ?", async ({ admin, api }) => {
  await api.invite({ name: CARL.name, email: CARL.email });
  await api.invite({ name: VERA.name, email: VERA.email });
  const { keyboard } = admin;
  const search = admin.getByRole("textbox", { name: "Search users" });

  await expect(heading(admin, /Hello/)).toBeVisible();
  await keyboard.press("/");
  await expect(search).toBeFocused();
  await expect(admin).toHaveURL(/\/users$/);
  await keyboard.type("er");
  await expect(search).toHaveValue("er");
  await keyboard.press("Escape");
  await expect(search).toHaveValue("");
  await expect(names(admin)).toHaveCount(3);

  await keyboard.press("ArrowDown");
  await expect(link(admin, "Ada Lovelace")).toBeFocused();
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await expect(link(admin, VERA.name)).toBeFocused();
  await keyboard.press("ArrowUp");
  await expect(link(admin, CARL.name)).toBeFocused();
  await keyboard.press("Escape");
  await expect(search).toBeFocused();
  await keyboard.press("ArrowDown");
  await keyboard.press("ArrowDown");
  await keyboard.press("Enter");
  await expect(heading(admin, CARL.name)).toBeVisible();

  await keyboard.press("?");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeVisible();
  await keyboard.press("Escape");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeHidden();
  await keyboard.press("n");
  await expect(heading(admin, "New User")).toBeVisible();
  await expect(admin.getByLabel("Full name")).toBeFocused();
  await keyboard.type("n/ is typed here");
  await expect(admin.getByLabel("Full name")).toHaveValue("n/ is typed here");
});

test("single keys can be turned off", async ({ admin }) => {
  await expect(heading(admin, /Hello/)).toBeVisible();
  await admin.keyboard.press("?");
  await admin.getByLabel("Use single-key shortcuts").uncheck();
  await admin.keyboard.press("Escape");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeHidden();
  await admin.keyboard.press("n");
  await admin.keyboard.press("/");
  await admin.keyboard.press("?");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeVisible();
  await expect(heading(admin, /Hello/)).toBeVisible();
});

test("a dialog asked for again in the moment in which it closes is open", async ({ admin }) => {
  await expect(heading(admin, /Hello/)).toBeVisible();
  await admin.keyboard.press("?");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeVisible();
  // Keys come before the event by which the browser says that it closed one.
  await admin.evaluate(() => {
    document.querySelector<HTMLDialogElement>("dialog[open]")!.close();
    document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "?", bubbles: true, cancelable: true }));
  });
  await expect(dialog(admin, "Keyboard shortcuts").getByText("Search users")).toBeVisible();
  await admin.keyboard.press("Escape");
  await expect(dialog(admin, "Keyboard shortcuts")).toBeHidden();
});

test("a dialog keeps the focus, and gives it back", async ({ admin, api }) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto(`/users/${id}`);
  const opener = admin.getByRole("button", { name: "Log in as" });
  await opener.focus();
  await admin.keyboard.press("Enter");
  const asking = dialog(admin, "Log in as Carl Customer");
  await expect(asking.getByLabel("Reason")).toBeFocused();
  for (let n = 0; n < 8; n++) {
    await admin.keyboard.press("Tab");
    const outside = await admin.evaluate(
      () => document.activeElement !== document.body && !document.querySelector("dialog[open]")!.contains(document.activeElement),
    );
    expect(outside).toBe(false);
  }
  await admin.keyboard.press("Escape");
  await expect(asking).toBeHidden();
  await expect(opener).toBeFocused();
});

test("what a menu opens gives the focus back to the menu’s button", async ({ admin, api }) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto(`/users/${id}`);
  const opener = admin.getByRole("button", { name: "More actions" });
  for (const [item, title] of [
    ["Copy link", "Copy link"],
    ["Disable…", "Disable Carl Customer?"],
    ["Delete…", "Delete Carl Customer?"],
  ] as const) {
    await opener.focus();
    await admin.keyboard.press("Enter");
    await admin.getByRole("menuitem", { name: item }).press("Enter");
    await expect(dialog(admin, title)).toBeVisible();
    await admin.keyboard.press("Escape");
    await expect(dialog(admin, title)).toBeHidden();
    await expect(opener).toBeFocused();
  }
});

test("after / every letter arrives", async ({ admin }) => {
  await admin.goto("/users");
  await expect(names(admin)).toHaveCount(1);
  await admin.evaluate(() => {
    // Faster than a frame: the search has the focus before the next key.
    const press = (key: string) =>
      document.activeElement!.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    press("/");
  });
  expect(await admin.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Search users");
});

test("the first Tab leads past the navigation", async ({ admin }) => {
  await admin.goto("/users");
  await expect(heading(admin, "Users")).toBeVisible();
  await admin.keyboard.press("Tab");
  await expect(link(admin, "Skip to the page")).toBeFocused();
  await admin.keyboard.press("Enter");
  await expect(admin.getByRole("main")).toBeFocused();
});

test("a session that begins is read out, and so is the next page: the heading has the focus", async ({ api, open }) => {
  void api;
  const page = await open();
  await field(page, "E-mail").fill(ADA.email);
  await page.getByLabel("Password", { exact: true }).fill(ADA.password);
  await page.keyboard.press("Enter");
  await expect(heading(page, `Hello, ${ADA.name}`)).toBeFocused();
  await page.reload();
  await link(page, "Users").press("Enter");
  await expect(heading(page, "Users")).toBeFocused();
});

test("what was saved or given up leaves the focus at the heading of its part", async ({ admin }) => {
  await admin.goto("/settings");
  await field(admin, "Subject").fill("Welcome");
  await button(admin, "Discard changes").press("Enter");
  await expect(heading(admin, "Settings")).toBeFocused();
  await field(admin, "Subject").fill("Welcome");
  await button(admin, "Save").press("Enter");
  await expect(heading(admin, "Settings")).toBeFocused();
  await admin.goto("/me");
  await field(admin, "Company").fill("Analytical Engines");
  await button(admin, "Save").press("Enter");
  await expect(panel(admin, "Profile").getByRole("heading")).toBeFocused();
});

test("a selection that is given up leads back to the row it came from", async ({ admin, api }) => {
  await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto("/users");
  const row = link(admin, CARL.name);
  const bar = panel(admin, "Selected users");
  await row.press("x");
  await admin.keyboard.press("a");
  await button(bar, "All actions").press("Enter");
  await admin.keyboard.press("Escape");
  await expect(button(bar, "All actions"), "the first Esc is the menu’s").toBeFocused();
  await admin.keyboard.press("Escape");
  await expect(bar).toBeHidden();
  await expect(row).toBeFocused();
  await row.press("x");
  await button(bar, "Clear the selection").press("Enter");
  await expect(bar).toBeHidden();
  await expect(row).toBeFocused();
});

test("who narrows the list or asks for more of it goes on at the search", async ({ admin, api }) => {
  await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto("/users");
  const search = admin.getByRole("textbox", { name: "Search users" });
  await button(admin, /^Invited/).press("Enter");
  await expect(names(admin)).toHaveCount(1);
  await expect(search).toBeFocused();
  await button(admin, "Remove the filter State: Invited").press("Enter");
  await expect(names(admin)).toHaveCount(2);
  await expect(search).toBeFocused();
  for (const name of ["Look among disabled users too", "Clear the search"]) {
    await admin.goto("/users?q=nobodyatall");
    await admin.getByRole("main").getByText(name).press("Enter");
    await expect(admin.getByText(name)).toBeHidden();
    await expect(search).toBeFocused();
  }
});

test("what filled an empty list gives the focus on", async ({ admin, api }) => {
  await api.project("Harbour");
  for (const [page, pressed, title] of [
    ["/projects?q=nothing", "Clear the search", "Projects"],
    ["/activity?action=user.purged", "Show everything", "Activity"],
  ] as const) {
    await admin.goto(page);
    await button(admin, pressed).press("Enter");
    await expect(button(admin, pressed)).toBeHidden();
    await expect(heading(admin, title)).toBeFocused();
  }
});

test("every step of an import is read out", async ({ admin, guard }) => {
  // Columns that are not known are a refusal, and a question.
  guard.expectRefusal(422, "POST /users/import");
  await admin.goto("/users/import");
  await button(admin, "Choose a file").focus();
  await admin.getByLabel("CSV file").setInputFiles({
    name: "people.csv",
    mimeType: "text/csv",
    buffer: Buffer.from("name,contact\nAnn,ann@people.test\n"),
  });
  const step = (name: string) => panel(admin, name).getByRole("heading");
  await expect(step("Which column is which?")).toBeFocused();
  await admin.getByLabel("contact").selectOption("E-mail");
  await button(admin, "Preview").press("Enter");
  await expect(step("people.csv")).toBeFocused();
  await button(admin, "Create 1 user").press("Enter");
  await expect(step("1 user created")).toBeFocused();
  await button(admin, "Undo the import").press("Enter");
  await expect(step("The import is undone")).toBeFocused();
  await button(admin, "Import another file").press("Enter");
  await expect(admin.getByRole("heading", { name: "Drop a CSV file here" })).toBeFocused();
});

test.describe("without a mail server", () => {
  test.use({ smtp: false });

  test("a mail that is cancelled leaves the focus in its dialog", async ({ admin, api }) => {
    await api.call("POST", "/users", { name: CARL.name, email: CARL.email, welcome: { send: true } });
    await admin.goto("/mail");
    await admin.getByRole("row").filter({ hasText: CARL.email }).getByRole("button").press("Enter");
    const mail = dialog(admin, `Mail to ${CARL.email}`);
    await button(mail, "Cancel the mail").press("Enter");
    await expect(button(mail, "Cancel the mail")).toBeHidden();
    await expect(mail.getByRole("heading", { name: `Mail to ${CARL.email}` })).toBeFocused();
  });
});

test.describe("over pages", () => {
  test.use({ madeUp: 120 });

  test("a turned page is read from its first row, and the last one ends the list", async ({ admin }) => {
    await admin.goto("/users?disabled=include");
    const pages = admin.getByRole("navigation", { name: "Pages of the list" });
    for (const from of ["51–100 of 121", "101–121 of 121"]) {
      await link(pages, "Next").press("Enter");
      await expect(pages).toContainText(from);
      await expect(names(admin).first().getByRole("link")).toBeFocused();
    }
    await admin.goto("/users?disabled=include&page=99");
    await expect(admin.getByText("This page is past the end of the list")).toBeVisible();
    await expect(pages).not.toContainText("of 121");
    await link(pages, "Previous").press("Enter");
    await expect(pages).toContainText("101–121 of 121");
  });

  test("all that match are selected, and no action is a key away", async ({ admin }) => {
    await admin.goto("/users?disabled=include");
    const bar = panel(admin, "Selected users");
    await admin.getByRole("columnheader").getByRole("checkbox", { name: "Select all on this page" }).check();
    await button(bar, "Select all 121 that match").press("Enter");
    await expect(bar.getByRole("status")).toHaveText("All 121 selected");
    await expect(bar.getByRole("status")).toBeFocused();
    await admin.keyboard.press("Escape");
    await expect(bar).toBeHidden();
    await expect(names(admin).first().getByRole("link")).toBeFocused();
  });

  test("what is typed into the search stays there, whatever goes from the page", async ({ admin }) => {
    await admin.goto("/users?disabled=include&page=2");
    await names(admin).first().getByRole("link").press("x");
    const search = admin.getByRole("textbox", { name: "Search users" });
    await search.focus();
    const before = await admin.evaluate(() => scrollY);
    await admin.keyboard.type("a nobodyatall");
    await expect(admin.getByText("Nobody matches")).toBeVisible();
    await expect(panel(admin, "Selected users")).toBeHidden();
    await expect(search).toBeFocused();
    await expect(search).toHaveValue("a nobodyatall");
    expect(await admin.evaluate(() => scrollY)).toBe(before);
  });
});
