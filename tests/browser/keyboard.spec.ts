import { test, expect } from "./support/test.ts";
import { CARL, VERA } from "./support/people.ts";
import { dialog, heading, link, names } from "./support/steps.ts";

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
