/** What people do on many pages. */
import { expect, type Locator, type Page } from "@playwright/test";

export const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { level: 1, name });
export const panel = (page: Page, name: string) => page.getByRole("region", { name, exact: true });
export const dialog = (page: Page, name: string | RegExp) => page.getByRole("dialog", { name });
export const field = (within: Page | Locator, name: string) => within.getByRole("textbox", { name, exact: false });
export const button = (within: Page | Locator, name: string | RegExp) =>
  within.getByRole("button", { name, exact: typeof name === "string" });
export const link = (within: Page | Locator, name: string) => within.getByRole("link", { name, exact: true });

/** The names in the users' table, from the top. */
export const names = (page: Page) => page.getByRole("table", { name: "Users" }).locator("tbody").getByRole("rowheader");

export async function toast(page: Page, words: string | RegExp): Promise<void> {
  await expect(page.getByRole("status").filter({ hasText: words }).first()).toBeVisible();
}

/** Types both a password and waits for the meter's good word, then saves. */
export async function choosePassword(page: Page, password: string): Promise<void> {
  await page.getByLabel("Password", { exact: true }).fill(password);
  await expect(page.getByText(/^(Good|Strong)\./)).toBeVisible();
  await button(page, "Save password").click();
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(password);
  await button(page, "Sign in").click();
}

/** Opens a user's page from the list, as one would. */
export async function openUser(page: Page, name: string): Promise<void> {
  await page.goto("/users");
  await link(page, name).click();
  await expect(heading(page, name)).toBeVisible();
}

/** One of the actions behind the button with the dots. */
export async function moreAction(page: Page, name: string): Promise<void> {
  await button(page, "More actions").click();
  await page.getByRole("menuitem", { name }).click();
}
