import { readFile } from "node:fs/promises";
import { look } from "./support/axe.ts";
import { test, expect } from "./support/test.ts";
import { addApp, addPasskey, device, keepCodes, proofRunsOut, scanAndConfirm, signOut } from "./support/factors.ts";
import { ADA, CARL, OTHER_PASSWORD } from "./support/people.ts";
import { button, dialog, field, heading, link, openUser, panel, signIn, toast } from "./support/steps.ts";
import { codeOf, wrongCode } from "./support/totp.ts";

test("an authenticator app: added, asked for at sign-in, each code once, a recovery code in its place", async ({
  api,
  open,
  guard,
}) => {
  await api.enrol(CARL);
  const page = await open(CARL);
  await page.goto("/me");
  const mine = panel(page, "Second factors");
  await expect(mine).toContainText("Your password alone signs you in");
  await button(mine, "Add an app").click();
  const adding = dialog(page, "Add an authenticator app");
  await expect(field(adding, "Code")).toBeFocused();
  await expect(link(adding, "Open it in an app on this device")).toHaveAttribute("href", /^otpauth:\/\/totp\//);
  guard.expectRefusal(422, "POST /me/factors/");
  const shown = (await adding.locator("code").innerText()).replace(/\s/g, "");
  await field(adding, "Code").fill(wrongCode(shown));
  await page.keyboard.press("Enter");
  await expect(field(adding, "Code")).toHaveAttribute("aria-invalid", "true");
  const secret = await scanAndConfirm(page);
  expect(secret).toBe(shown);
  await toast(page, "“Authenticator app” is added.");

  const keeping = dialog(page, "Keep your recovery codes");
  await expect(button(keeping, "Copy")).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.mouse.click(5, 5);
  await expect(keeping, "shown once: only its own button closes it").toBeVisible();
  const [download] = await Promise.all([page.waitForEvent("download"), button(keeping, "Download").click()]);
  expect(download.suggestedFilename()).toBe("recovery-codes.txt");
  const file = await readFile(await download.path(), "utf8");
  const codes = await keepCodes(page);
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(file).toContain(code);
  await expect(button(mine, "Add an app"), "where it began").toBeFocused();
  await expect(mine.getByRole("listitem")).toHaveText([/Authenticator app/, /Recovery codes\s*10 codes left/]);

  await signOut(page, CARL.name);
  guard.expectRefusal(401, "POST /session");
  await signIn(page, CARL.email, CARL.password);
  await expect(heading(page, "One more step")).toBeVisible();
  const code = field(page, "Code");
  await expect(code).toBeFocused();
  await expect(code).toHaveAttribute("autocomplete", "one-time-code");
  await expect(code).toHaveAttribute("inputmode", "numeric");
  await code.fill(wrongCode(secret));
  await page.keyboard.press("Enter");
  await expect(page.getByText("The code is not right, or was used already.")).toBeVisible();
  await expect(code).toHaveAttribute("aria-invalid", "true");
  const next = codeOf(secret, 1);
  await code.fill(`${next.slice(0, 3)} ${next.slice(3)}`);
  await button(page, "Sign in").click();
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();

  await signOut(page, CARL.name);
  await signIn(page, CARL.email, CARL.password);
  await button(page, "Back to sign-in").click();
  await expect(field(page, "E-mail")).toHaveValue(CARL.email);
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await signIn(page, CARL.email, CARL.password);
  await button(page, "Use a recovery code").click();
  await expect(field(page, "Recovery code")).toBeFocused();
  await field(page, "Recovery code").fill(` ${codes[3]!.toUpperCase()} `);
  await page.keyboard.press("Enter");
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();
  await page.goto("/me");
  await expect(mine.getByRole("listitem").nth(1)).toContainText("9 codes left");
});

test("factors are renamed and removed, codes made anew, and the last one leaves the password alone", async ({
  api,
  open,
}) => {
  await api.enrol(CARL);
  const page = await open(CARL);
  const { codes } = await addApp(page);
  const mine = panel(page, "Second factors");
  await button(mine, "More for Authenticator app").click();
  await page.getByRole("menuitem", { name: "Rename…" }).click();
  await field(dialog(page, /Rename/), "Name").fill("Old phone");
  await page.keyboard.press("Enter");
  await expect(mine.getByRole("listitem").first()).toContainText("Old phone");
  await button(mine, "More for Recovery codes").click();
  await page.getByRole("menuitem", { name: "Make new ones…" }).click();
  const renewing = dialog(page, "Make new recovery codes?");
  await expect(renewing).toContainText("The old ones stop working at once");
  await button(renewing, "Make new codes").click();
  const fresh = await keepCodes(page);
  expect(fresh.filter((code) => codes.includes(code))).toEqual([]);
  await expect(mine.getByRole("listitem")).toHaveCount(2);

  await button(mine, "More for Old phone").click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  const removing = dialog(page, "Remove “Old phone”?");
  await expect(removing).toContainText("your password alone signs you in");
  await button(removing, "Remove").click();
  await toast(page, "“Old phone” is removed.");
  await expect(mine).toContainText("Your password alone signs you in");
  await signOut(page, CARL.name);
  await signIn(page, CARL.email, CARL.password);
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();
});

test("a passkey signs in alone, and after a password; another device has other ways", async ({ api, open, guard }) => {
  await api.enrol(CARL);
  const page = await open(CARL);
  await device(page);
  await addPasskey(page, "My laptop");
  const codes = await keepCodes(page);
  await expect(panel(page, "Second factors").getByRole("listitem").first()).toContainText("My laptop");

  await signOut(page, CARL.name);
  await button(page, "Sign in with a passkey").click();
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();

  await signOut(page, CARL.name);
  guard.expectRefusal(401, "POST /session");
  await signIn(page, CARL.email, CARL.password);
  await expect(heading(page, "One more step")).toBeVisible();
  await button(page, "Use a passkey").click();
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();

  const elsewhere = await open();
  await signIn(elsewhere, CARL.email, CARL.password);
  await button(elsewhere, "Use a recovery code").click();
  await field(elsewhere, "Recovery code").fill(codes[0]!);
  await button(elsewhere, "Sign in").click();
  await expect(heading(elsewhere, "Hello, Carl Customer")).toBeVisible();
});

test("where the browser fills in the e-mail, it offers the passkey", async ({ api, open }) => {
  await api.enrol(CARL);
  const page = await open(CARL);
  await device(page, true);
  await addPasskey(page, "My laptop");
  await keepCodes(page);
  await button(page, new RegExp(CARL.name)).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  // The device answers at once, without anybody pressing the button.
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();
});

test("a proof that ran out is asked for in place: by password, cancelled without loss, once for what waits", async ({
  admin,
  api,
  guard,
}) => {
  const carl = await api.enrol(CARL);
  await proofRunsOut(admin, "POST", `/users/${carl.id}/impersonate`);
  guard.expectRefusal(403, "POST /users/");
  await openUser(admin, CARL.name);
  await button(admin, "Log in as").click();
  const asking = dialog(admin, "Log in as Carl Customer");
  await field(asking, "Reason").fill("Request 4411");
  await button(asking, "Log in").click();
  const proving = dialog(admin, "Confirm it’s you");
  await expect(proving.getByLabel("Password")).toBeFocused();
  await admin.keyboard.press("Escape");
  await expect(proving).toBeHidden();
  await expect(asking.getByRole("alert")).toContainText("it was not confirmed that it’s you");
  await expect(field(asking, "Reason"), "nothing typed is lost").toHaveValue("Request 4411");

  await button(asking, "Log in").click();
  await proving.getByLabel("Password").press("Enter");
  await expect(proving.getByText("Type your password.")).toBeVisible();
  await expect(proving.getByLabel("Password")).toBeFocused();
  guard.expectRefusal(422, "POST /session/step-up");
  await proving.getByLabel("Password").fill(OTHER_PASSWORD);
  await admin.keyboard.press("Enter");
  await expect(proving.getByText("The password is not right.")).toBeVisible();
  await proving.getByLabel("Password").fill(ADA.password);
  await admin.keyboard.press("Enter");
  await expect(proving).toBeHidden();
  await expect(heading(admin, /Hello, Carl/)).toBeVisible();
});

test("with a factor it is asked for by code or passkey; a download asks first, and then comes", async ({ api, open, guard }) => {
  void api;
  const page = await open(ADA);
  await device(page);
  await addApp(page);
  await addPasskey(page, "My laptop");
  await toast(page, "“My laptop” is added.");
  await proofRunsOut(page, "GET", "/users.csv");
  guard.expectRefusal(403, "GET /users.csv");
  await page.goto("/users");
  await link(page, "Export CSV").click();
  const proving = dialog(page, "Confirm it’s you");
  const coming = page.waitForEvent("download");
  await button(proving, /^Use a passkey/).click();
  expect((await coming).suggestedFilename()).toMatch(/^users-.*\.csv$/);
  await expect(proving).toBeHidden();
  const [again] = await Promise.all([page.waitForEvent("download"), link(page, "Export CSV").click()]);
  expect(again.suggestedFilename(), "it holds for a while").toMatch(/^users-.*\.csv$/);
});

test("a group that asks for a factor: its users add one before anything else", async ({ admin, api, open }) => {
  await api.enrol(CARL);
  await admin.goto("/settings");
  const asked = panel(admin, "Second factors");
  await asked.getByRole("checkbox", { name: /^Customer/ }).check();
  await button(admin, "Save").click();
  await toast(admin, "Saved.");

  const page = await open();
  await page.goto("/me");
  await signIn(page, CARL.email, CARL.password);
  await expect(heading(page, "Add a second factor")).toBeFocused();
  await expect(page.getByText("A group that you are in asks for one")).toBeVisible();
  await expect(page.getByRole("navigation")).toHaveCount(0);
  await page.goto("/projects");
  await expect(heading(page, "Add a second factor"), "at every address").toBeVisible();
  await page.goto("/me");
  await button(page, "Authenticator app").click();
  await scanAndConfirm(page);
  await keepCodes(page);
  await expect(heading(page, "My profile"), "and then one is where one wanted to be").toBeVisible();
  await expect(panel(page, "Second factors").getByRole("listitem")).toHaveCount(2);
});

test("whoever lost their factors: an admin removes them, and they are told", async ({ admin, api, open, mailServer }) => {
  await api.enrol(CARL);
  const page = await open(CARL);
  await addApp(page);
  await openUser(admin, CARL.name);
  const theirs = panel(admin, "Second factors");
  await expect(theirs.getByRole("listitem")).toHaveText([/Authenticator app/, /Recovery codes/]);
  await button(theirs, "Remove…").click();
  const removing = dialog(admin, "Remove the second factors of Carl Customer?");
  await button(removing, "Remove second factors").click();
  await toast(admin, "The second factors of Carl Customer are removed.");
  await expect(theirs).toContainText("None");
  const told = () => mailServer.to(CARL.email).map((mail) => mail.subject);
  await expect.poll(told).toContainEqual(expect.stringMatching(/second factor/i));
  const elsewhere = await open();
  await signIn(elsewhere, CARL.email, CARL.password);
  await expect(heading(elsewhere, "Hello, Carl Customer")).toBeVisible();
});

test("axe: second factors, from adding one to signing in with it", async ({ admin, api, open, guard }) => {
  test.setTimeout(180_000);
  const carl = await api.enrol(CARL);
  const customers = await api.groupId("Customer");
  const page = await open(CARL);
  await page.goto("/me");
  await button(panel(page, "Second factors"), "Add an app").click();
  await expect(dialog(page, "Add an authenticator app")).toBeVisible();
  await look(page, "factor-app");
  const secret = await scanAndConfirm(page);
  await expect(dialog(page, "Keep your recovery codes")).toBeVisible();
  await look(page, "factor-codes");
  await keepCodes(page);
  await expect(panel(page, "Second factors").getByRole("listitem")).toHaveCount(2);
  await look(page, "factor-list");
  await button(panel(page, "Second factors"), "More for Authenticator app").click();
  await page.getByRole("menuitem", { name: "Remove…" }).click();
  await look(page, "factor-remove");

  const second = await open();
  guard.expectRefusal(401, "POST /session");
  await signIn(second, CARL.email, CARL.password);
  await expect(heading(second, "One more step")).toBeVisible();
  await field(second, "Code").fill(wrongCode(secret));
  await second.keyboard.press("Enter");
  await expect(field(second, "Code")).toHaveAttribute("aria-invalid", "true");
  await look(second, "factor-code");
  await button(second, "Use a recovery code").click();
  await look(second, "factor-recovery-code");

  await admin.goto(`/users/${carl.id}`);
  await button(panel(admin, "Second factors"), "Remove…").click();
  await look(admin, "factor-of-user");
  await button(dialog(admin, /Remove/), "Remove second factors").click();
  await toast(admin, "The second factors of Carl Customer are removed.");
  await api.call("PATCH", "/settings", { require_factor_groups: [customers] });
  await second.goto("/");
  await signIn(second, CARL.email, CARL.password);
  await expect(heading(second, "Add a second factor")).toBeVisible();
  await look(second, "factor-required");
});
