import { test, expect } from "./support/test.ts";
import { ADA, CARL, GRACE, OTHER_PASSWORD } from "./support/people.ts";
import {
  button,
  choosePassword,
  dialog,
  field,
  heading,
  link,
  moreAction,
  names,
  openUser,
  panel,
  signIn,
  toast,
} from "./support/steps.ts";

test("disable: out at the next click, everywhere; enable gives it all back", async ({ admin, api, open, guard }) => {
  const project = await api.project("Harbour");
  await api.enrol(CARL, { projects: [project.id] });
  const carl = await open(CARL);
  await expect(link(carl, "Harbour")).toBeVisible();

  await openUser(admin, CARL.name);
  await moreAction(admin, "Disable…");
  const asking = dialog(admin, "Disable Carl Customer?");
  await asking.getByLabel("Reason").fill("Left the company");
  await button(asking, "Disable").click();
  await toast(admin, "Carl Customer is disabled.");
  await expect(admin.getByRole("main").getByText("Disabled", { exact: true })).toBeVisible();
  await expect(panel(admin, "Sessions").getByText("Signed in nowhere")).toBeVisible();
  await expect(panel(admin, "Activity")).toContainText("Left the company");

  guard.expectRefusal(401, "GET /projects");
  await link(carl, "Projects").click();
  await expect(heading(carl, "Sign in")).toBeVisible();
  await expect(carl.getByText("Your session has ended.")).toBeVisible();
  guard.expectRefusal(403, "POST /session");
  await signIn(carl, CARL.email, CARL.password);
  await expect(carl.getByText("This account is disabled.")).toBeVisible();
  guard.expectRefusal(401, "POST /session");
  await signIn(carl, CARL.email, OTHER_PASSWORD);
  await expect(carl.getByText("The e-mail or the password is not right."), "told only to whom it is").toBeVisible();

  await button(admin, "Enable").click();
  await toast(admin, "Carl Customer is enabled and can sign in again.");
  await signIn(carl, CARL.email, CARL.password);
  await expect(heading(carl, "Projects")).toBeVisible();
  await expect(link(carl, "Harbour")).toBeVisible();
});

test("delete, undo, bin, restore, and delete for good by typing the e-mail", async ({ admin, api, open, guard }) => {
  const project = await api.project("Harbour");
  const { id } = await api.enrol(CARL, { projects: [project.id] });
  const remove = async () => {
    await openUser(admin, CARL.name);
    await moreAction(admin, "Delete…");
    const asking = dialog(admin, "Delete Carl Customer?");
    await expect(asking).toContainText("Delete is for accounts made in error.");
    await expect(asking).toContainText("their place in 1 project");
    await button(asking, "Delete").click();
    await toast(admin, "Carl Customer is in the bin.");
    await expect(names(admin)).toHaveText([/Ada Lovelace/]);
  };
  await remove();
  await button(admin, "Undo").click();
  await toast(admin, "Carl Customer is restored.");
  await expect(heading(admin, CARL.name)).toBeVisible();
  await expect(link(panel(admin, "Projects"), "Harbour")).toBeVisible();

  await remove();
  await link(admin, "Bin").click();
  await expect(heading(admin, "Bin")).toBeVisible();
  await link(admin, CARL.name).click();
  await expect(heading(admin, CARL.name)).toBeVisible();
  await button(admin, "Restore").click();
  await toast(admin, "Carl Customer is restored, as before.");
  await expect(field(admin, "Full name")).toHaveValue(CARL.name);
  const carl = await open(CARL);
  await expect(link(carl, "Harbour"), "password and projects are back").toBeVisible();

  await remove();
  guard.expectRefusal(401, "GET /projects");
  await link(carl, "Projects").click();
  await expect(heading(carl, "Sign in")).toBeVisible();
  await admin.goto(`/users/${id}`);
  await button(admin, "Delete for good…").click();
  const asking = dialog(admin, "Delete Carl Customer for good?");
  await field(asking, "E-mail").fill("carl@customer.tes");
  await admin.keyboard.press("Enter");
  await expect(asking.getByText("This is not carl@customer.test.")).toBeVisible();
  await expect(field(asking, "E-mail")).toBeFocused();
  await field(asking, "E-mail").fill(CARL.email);
  await button(asking, "Delete for good").click();
  await toast(admin, "Carl Customer is deleted for good. The e-mail is free.");
  await expect(admin.getByText("The bin is empty")).toBeVisible();
  await api.invite({ name: "A new Carl", email: CARL.email });
});

test("send password and copy link", async ({ admin, api, open, mailServer, guard }) => {
  await api.enrol(CARL);
  const carl = await open(CARL);
  await openUser(admin, CARL.name);
  const before = mailServer.to(CARL.email).length;
  await button(admin, "Send password").click();
  await toast(admin, "A link to set a new password is on its way to carl@customer.test.");
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(before + 1);
  const mailed = mailServer.to(CARL.email).at(-1)!;
  expect(mailed.subject).toContain("Choose a new password");
  await expect(panel(admin, "Mails")).toContainText(mailed.subject);

  await moreAction(admin, "Copy link");
  const handing = dialog(admin, "Copy link");
  await button(handing, "Make a link").click();
  const handed = await handing.getByLabel("One-time link").inputValue();
  await button(handing, "Done").click();

  guard.expectRefusal(410, "POST /links/inspect");
  const other = await open();
  await other.goto(mailed.link);
  await expect(heading(other, "This link does not work any more"), "a newer link took its place").toBeVisible();

  await other.goto(handed);
  await expect(heading(other, "Choose a new password")).toBeVisible();
  await choosePassword(other, OTHER_PASSWORD);
  await expect(heading(other, "Your password is changed")).toBeVisible();
  guard.expectRefusal(401, "GET /projects");
  await link(carl, "Projects").click();
  await expect(heading(carl, "Sign in"), "a reset ends the other sessions").toBeVisible();
  await link(other, "Sign in").click();
  await signIn(other, CARL.email, OTHER_PASSWORD);
  await expect(heading(other, "Hello, Carl Customer")).toBeVisible();
  await other.goto(handed);
  await expect(heading(other, "This link does not work any more"), "a link works once").toBeVisible();
});

test("send welcome again, with a fresh link", async ({ admin, api, open, mailServer, guard }) => {
  await api.call("POST", "/users", { name: CARL.name, email: CARL.email, welcome: { send: true } });
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(1);
  await openUser(admin, CARL.name);
  await button(admin, "Send welcome again").click();
  await toast(admin, "A fresh welcome e-mail is on its way to carl@customer.test.");
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(2);
  const [first, second] = mailServer.to(CARL.email);
  const carl = await open();
  guard.expectRefusal(410, "POST /links/inspect");
  await carl.goto(first!.link);
  await expect(heading(carl, "This link does not work any more")).toBeVisible();
  await carl.goto(second!.link);
  await choosePassword(carl, CARL.password);
  await expect(heading(carl, "Hello, Carl Customer")).toBeVisible();
});

test("the last admin and oneself are protected", async ({ admin, api, open, guard }) => {
  await openUser(admin, ADA.name);
  await expect(button(admin, "Log in as")).toBeHidden();
  await button(admin, "More actions").click();
  await expect(admin.getByRole("menuitem", { name: "Copy link" })).toBeVisible();
  await expect(admin.getByRole("menuitem", { name: "Disable…" })).toBeHidden();
  await expect(admin.getByRole("menuitem", { name: "Delete…" })).toBeHidden();
  await admin.keyboard.press("Escape");

  guard.expectRefusal(409, "PATCH /users/");
  await admin.getByRole("checkbox", { name: "Employee" }).check();
  await admin.getByRole("checkbox", { name: "Admin" }).uncheck();
  await button(admin, "Save").click();
  await expect(admin.getByRole("alert")).toContainText(/last admin/i);
  await expect(admin.getByRole("checkbox", { name: "Employee" }), "what was chosen stays").toBeChecked();
  await button(admin, "Discard changes").click();

  // Somebody who may disable users, but holds less than an admin, has no button for it.
  const less = await api.call<{ name: string }>("POST", "/groups", {
    name: "Helpers",
    permissions: ["users.read", "users.write", "users.delete", "users.impersonate"],
  });
  await api.enrol(GRACE, { groups: [less.name] });
  const grace = await open(GRACE);
  await openUser(grace, ADA.name);
  await expect(grace.getByText("Ada Lovelace may do what you may not")).toBeVisible();
  for (const action of ["Log in as", "Send password", "More actions", "Save"]) {
    await expect(button(grace, action)).toBeHidden();
  }
});

test("a change of e-mail takes effect at once, and the old address is told", async ({ admin, api, open, mailServer }) => {
  await api.enrol(CARL);
  await openUser(admin, CARL.name);
  await field(admin, "E-mail").fill("carl@new.test");
  await expect(admin.getByText("Takes effect at once. carl@customer.test is told.")).toBeVisible();
  await button(admin, "Save").click();
  await toast(admin, "Saved.");
  const told = () => mailServer.to(CARL.email).map((mail) => mail.subject);
  await expect.poll(told).toContainEqual(expect.stringContaining("was changed"));
  const carl = await open();
  await signIn(carl, "carl@new.test", CARL.password);
  await expect(heading(carl, "Hello, Carl Customer")).toBeVisible();
});

test("two admins edit one user: nothing typed is lost, the other's change is said", async ({
  admin,
  api,
  open,
  guard,
}) => {
  await api.enrol(GRACE, { groups: ["Admin"] });
  const carl = await api.invite({ name: CARL.name, email: CARL.email, company: "Old Ltd" });
  const grace = await open(GRACE);
  for (const page of [admin, grace]) await page.goto(`/users/${carl.id}`);

  await grace.getByLabel("Company").fill("New Ltd");
  await grace.getByLabel("Phone").fill("111");
  await button(grace, "Save").click();
  await toast(grace, "Saved.");

  guard.expectRefusal(412, `PATCH /users/${carl.id}`);
  await admin.getByLabel("Phone").fill("222");
  await admin.getByLabel("Notes").fill("Call him.");
  await button(admin, "Save").click();
  const said = admin.getByRole("alert");
  await expect(said).toContainText("Someone else changed this user while you were typing.");
  await expect(said).toContainText("Company: Old Ltd → New Ltd");
  await expect(said).toContainText("Phone: nothing → 111 – you typed something else");
  await expect(admin.getByLabel("Company")).toHaveValue("New Ltd");
  await expect(admin.getByLabel("Phone")).toHaveValue("222");
  await expect(admin.getByLabel("Notes")).toHaveValue("Call him.");

  await button(admin, "Save").click();
  await toast(admin, "Saved.");
  await grace.reload();
  await expect(grace.getByLabel("Company")).toHaveValue("New Ltd");
  await expect(grace.getByLabel("Phone")).toHaveValue("222");
  await expect(grace.getByLabel("Notes")).toHaveValue("Call him.");
});
