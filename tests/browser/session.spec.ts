import { test, expect } from "./support/test.ts";
import { Api } from "./support/api.ts";
import { ADA, CARL, GRACE, OTHER_PASSWORD } from "./support/people.ts";
import { addPasskey, device, keepCodes, scanAndConfirm } from "./support/factors.ts";
import { button, choosePassword, dialog, field, heading, link, panel, signIn, toast } from "./support/steps.ts";
import { codeOf } from "./support/totp.ts";

test("a forgotten password: the link by mail sets a new one, once", async ({ api, open, mailServer, guard }) => {
  await api.enrol(CARL);
  const page = await open();
  await expect(field(page, "E-mail")).toBeFocused();
  guard.expectRefusal(401, "POST /session");
  await signIn(page, CARL.email, OTHER_PASSWORD);
  await expect(page.getByRole("alert")).toHaveText("The e-mail or the password is not right.");
  await link(page, "Forgot your password?").click();
  await expect(field(page, "E-mail"), "what was typed came along").toHaveValue(CARL.email);
  const words: string[] = [];
  for (const email of ["nobody@nowhere.test", CARL.email]) {
    await page.goto("/forgot");
    await field(page, "E-mail").fill(email);
    await button(page, "Mail me a link").click();
    await expect(heading(page, "Look into your mail")).toBeVisible();
    words.push((await page.getByRole("main").innerText()).replace(email, "ADDRESS"));
  }
  expect(words[0], "the answer never tells whether there is an account").toBe(words[1]);
  const reset = () => mailServer.to(CARL.email).filter((mail) => mail.subject.includes("Choose a new password"));
  await expect.poll(() => reset().length).toBe(1);
  expect(mailServer.to("nobody@nowhere.test")).toHaveLength(0);

  await page.goto(reset()[0]!.link);
  await expect(heading(page, "Choose a new password")).toBeVisible();
  await expect(page.getByLabel("Password", { exact: true })).toBeFocused();
  await expect(page.getByText("At least 12 characters.")).toBeVisible();
  guard.expectRefusal(422, "POST /links/redeem");
  await page.getByLabel("Password", { exact: true }).fill("carl customer");
  await button(page, "Save password").click();
  await expect(page.getByLabel("Password", { exact: true })).toHaveAttribute("aria-invalid", "true");
  await choosePassword(page, OTHER_PASSWORD);
  await expect(heading(page, "Your password is changed")).toBeVisible();
  await link(page, "Sign in").click();
  await signIn(page, CARL.email, CARL.password);
  await expect(page.getByRole("alert"), "the old one is over").toBeVisible();
  await signIn(page, CARL.email, OTHER_PASSWORD);
  await expect(heading(page, "Hello, Carl Customer")).toBeVisible();
  const told = () => mailServer.to(CARL.email).map((mail) => mail.subject);
  await expect.poll(told).toContainEqual(expect.stringMatching(/Your password at .* was changed/));
});

test("signing in leads to the page that was asked for; signing out forgets it", async ({ api, open }) => {
  await api.invite({ name: CARL.name, email: CARL.email });
  const page = await open();
  await page.goto("/users?q=carl");
  // The last that the list asks for: whoever signs out before it comes is refused it, and that is no fault.
  const counted = page.waitForResponse(/\/users\/facets/);
  await signIn(page, ADA.email, ADA.password);
  await expect(heading(page, "Users")).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Search users" })).toHaveValue("carl");
  await counted;
  await button(page, /Ada Lovelace/).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(heading(page, "Sign in")).toBeVisible();
  await page.goBack();
  await expect(heading(page, "Sign in")).toBeVisible();
  await expect(page.getByText(CARL.email)).toBeHidden();
});

test("a session that ends inside a form asks for the password in place", async ({ admin, api, open, guard }) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto(`/users/${id}`);
  await admin.getByLabel("Company").fill("Typed Ltd");
  await admin.getByLabel("Notes").fill("A long note\nover two lines.");

  const elsewhere = await open(ADA);
  await elsewhere.goto("/me");
  await button(elsewhere, "End all others").click();
  await toast(elsewhere, "You are signed in here only.");

  guard.expectRefusal(401, `PATCH /users/${id}`);
  await button(admin, "Save").click();
  const asking = dialog(admin, "Your session has ended");
  await expect(asking).toContainText("Nothing you typed is lost.");
  await expect(asking.getByLabel("Password")).toBeFocused();
  guard.expectRefusal(401, "POST /session");
  await asking.getByLabel("Password").fill(OTHER_PASSWORD);
  await admin.keyboard.press("Enter");
  await expect(asking.getByRole("alert")).toBeVisible();
  await asking.getByLabel("Password").fill(ADA.password);
  await admin.keyboard.press("Enter");
  await expect(asking).toBeHidden();
  await toast(admin, "Saved.");
  await expect(admin.getByLabel("Notes")).toHaveValue("A long note\nover two lines.");
  await admin.reload();
  await expect(admin.getByLabel("Company")).toHaveValue("Typed Ltd");
});

test("leaving a form with something typed asks first", async ({ admin, api }) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto(`/users/${id}`);
  await admin.getByLabel("Company").fill("Typed Ltd");
  await link(admin, "Groups").click();
  await button(dialog(admin, "Leave without saving?"), "Stay here").click();
  await expect(admin.getByLabel("Company")).toHaveValue("Typed Ltd");
  await link(admin, "Groups").click();
  await button(dialog(admin, "Leave without saving?"), "Leave").click();
  await expect(heading(admin, "Groups")).toBeVisible();
});

test("a session that ended is taken up again by a passkey, and an app asks for its code in place", async ({
  admin,
  api,
  portal,
  guard,
}) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email });
  const ada = (await api.call<{ user: { id: string } }>("GET", "/session")).user.id;
  await api.enrol(GRACE, { groups: ["Admin"] });
  const grace = new Api(portal.url);
  await grace.signIn(GRACE);
  const endAll = () => grace.call("DELETE", `/users/${ada}/sessions`);
  await device(admin);
  await addPasskey(admin, "My laptop");
  await toast(admin, "“My laptop” is added. You are signed out on your other devices.");
  await expect(api.call("GET", "/session")).rejects.toThrow("401");
  await keepCodes(admin);
  await admin.goto(`/users/${id}`);
  await admin.getByLabel("Company").fill("Typed Ltd");
  await endAll();

  guard.expectRefusal(401, `PATCH /users/${id}`);
  await button(admin, "Save").click();
  const asking = dialog(admin, "Your session has ended");
  await expect(asking).toContainText("Enter your password, or use a passkey, to go on.");
  await button(asking, "Use a passkey").click();
  await expect(asking).toBeHidden();
  await toast(admin, "Saved.");

  await admin.goto("/me");
  await button(panel(admin, "Second factors"), "Add an app").click();
  const secret = await scanAndConfirm(admin);
  await toast(admin, "“Authenticator app” is added.");
  await admin.goto(`/users/${id}`);
  await admin.getByLabel("Notes").fill("Typed too.");
  await endAll();
  guard.expectRefusal(401, `PATCH /users/${id}`);
  guard.expectRefusal(401, "POST /session");
  await button(admin, "Save").click();
  await asking.getByLabel("Password").fill(ADA.password);
  await admin.keyboard.press("Enter");
  await expect(asking).toContainText("Now your second factor.");
  await field(asking, "Code").fill(codeOf(secret, 1));
  await admin.keyboard.press("Enter");
  await expect(asking).toBeHidden();
  await toast(admin, "Saved.");
  await admin.reload();
  await expect(admin.getByLabel("Company")).toHaveValue("Typed Ltd");
  await expect(admin.getByLabel("Notes")).toHaveValue("Typed too.");
});
