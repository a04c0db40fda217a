import { look } from "./support/axe.ts";
import { test, expect } from "./support/test.ts";
import { CARL } from "./support/people.ts";
import { button, dialog, field, heading, openUser, panel, toast } from "./support/steps.ts";

test("a token: made with some of one's permissions, shown once, used, revoked", async ({ admin, api, portal }) => {
  await api.enrol(CARL);
  await admin.goto("/me");
  const mine = panel(admin, "API tokens");
  await expect(mine).toContainText("No tokens");
  await button(mine, "New token").click();
  const making = dialog(admin, "New token");
  await expect(making.getByLabel("Runs out after")).toHaveValue("90");
  await field(making, "Name").fill("Payroll sync");
  await making.getByRole("checkbox", { name: /users\.read/ }).check();
  await making.getByLabel("Runs out after").selectOption("A year");
  await button(making, "Make a token").click();
  const made = dialog(admin, "The token “Payroll sync”");
  await expect(made).toContainText("shown only this once");
  const secret = await field(made, "Token").inputValue();
  expect(secret).toMatch(/^rc_/);
  await expect(button(made, "Copy the token")).toBeFocused();
  await admin.keyboard.press("Escape");
  await expect(made, "shown once: only its own button closes it").toBeVisible();
  await button(made, "Done").click();

  const call = async (method: string, path: string) => {
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const body = method === "GET" ? null : "{}";
    return (await fetch(`${portal.url}/api/v1${path}`, { method, headers, body })).status;
  };
  expect(await call("GET", "/me")).toBe(200);
  expect(await call("GET", "/users")).toBe(200);
  expect(await call("POST", "/users"), "not more than it was given").toBe(403);
  await admin.reload();
  const row = mine.getByRole("listitem");
  await expect(row).toContainText("Payroll sync");
  await expect(row).toContainText("users.read");
  await expect(row).toContainText(/used\s+(just now|1 minute ago)/);
  await expect(admin.getByText(secret), "never again").toHaveCount(0);

  await button(row, "Revoke Payroll sync").click();
  await button(dialog(admin, "Revoke “Payroll sync”?"), "Revoke").click();
  await toast(admin, "“Payroll sync” is revoked.");
  await expect(mine).toContainText("No tokens");
  await expect(mine.getByRole("heading", { name: "API tokens" }), "its button is gone with it").toBeFocused();
  expect(await call("GET", "/me")).toBe(401);
});

test("who holds no permission makes a token for what every user may do, and an admin revokes it", async ({
  admin,
  api,
  open,
  portal,
  guard,
}) => {
  await api.enrol(CARL, { groups: ["Vendor"] });
  const page = await open(CARL);
  await page.goto("/me");
  await button(panel(page, "API tokens"), "New token").click();
  const making = dialog(page, "New token");
  await expect(making).toContainText("You hold none that a token could be given.");
  guard.expectRefusal(422, "POST /me/tokens");
  await button(making, "Make a token").click();
  await expect(field(making, "Name")).toHaveAttribute("aria-invalid", "true");
  await field(making, "Name").fill("My script");
  await button(making, "Make a token").click();
  const secret = await field(dialog(page, "The token “My script”"), "Token").inputValue();
  await button(dialog(page, "The token “My script”"), "Done").click();
  await expect(panel(page, "API tokens")).toContainText("No permissions: what every user may do");
  const headers = { authorization: `Bearer ${secret}` };
  expect((await fetch(`${portal.url}/api/v1/me`, { headers })).status).toBe(200);
  expect((await fetch(`${portal.url}/api/v1/users`, { headers })).status).toBe(403);

  await admin.goto("/users");
  await openUser(admin, CARL.name);
  const theirs = panel(admin, "API tokens");
  await expect(theirs).toContainText("My script");
  await button(theirs, "Revoke My script").click();
  await button(dialog(admin, "Revoke “My script”?"), "Revoke").click();
  await toast(admin, "“My script” is revoked.");
  await expect(theirs, "nothing is said of those who have none").toHaveCount(0);
  await expect(heading(admin, CARL.name)).toBeFocused();
  expect((await fetch(`${portal.url}/api/v1/me`, { headers })).status).toBe(401);
});

test("axe: a token that was made, and the list of them", async ({ admin }) => {
  await admin.goto("/me");
  await button(panel(admin, "API tokens"), "New token").click();
  await field(dialog(admin, "New token"), "Name").fill("Payroll sync");
  await button(dialog(admin, "New token"), "Make a token").click();
  await expect(dialog(admin, /The token/)).toBeVisible();
  await look(admin, "token-made");
  await button(dialog(admin, /The token/), "Done").click();
  await expect(panel(admin, "API tokens").getByRole("listitem")).toHaveCount(1);
  await look(admin, "token-list");
  await button(panel(admin, "API tokens"), "Revoke Payroll sync").click();
  await look(admin, "token-revoke");
});
