import { test, expect } from "./support/test.ts";
import { CARL, SAM } from "./support/people.ts";
import { signUp } from "./support/pages.ts";
import { button, choosePassword, dialog, field, heading, link, names, openUser, panel, toast } from "./support/steps.ts";

test("a stranger signs up, is a Customer without a project, and is added to one", async ({
  admin,
  api,
  open,
  mailServer,
}) => {
  await api.project("Lighthouse");
  const sam = await open();
  await link(sam, "Create an account").click();
  await expect(heading(sam, "Create an account")).toBeVisible();
  await expect(sam.getByLabel("Full name")).toBeFocused();
  await sam.getByLabel("Full name").fill(SAM.name);
  await sam.getByLabel("E-mail").fill(SAM.email);
  await sam.getByLabel("Company").fill("Elsewhere");
  await button(sam, "Create account").click();
  await expect(heading(sam, "Look into your mail")).toBeVisible();

  await expect.poll(() => mailServer.to(SAM.email).length).toBe(1);
  await admin.goto("/users?q=sam");
  await expect(admin.getByText("Nobody matches “sam”"), "no user before the address is proven").toBeVisible();

  await sam.goto(mailServer.to(SAM.email)[0]!.link);
  await choosePassword(sam, SAM.password);
  await expect(heading(sam, "Hello, Sam Stranger")).toBeVisible();
  await expect(sam.getByText("You are in no project yet")).toBeVisible();
  await expect(sam.getByText("Lighthouse")).toBeHidden();

  await openUser(admin, SAM.name);
  await expect(admin.getByRole("checkbox", { name: "Customer" })).toBeChecked();
  await button(admin, "Add to project").click();
  const adding = dialog(admin, "Add Sam Stranger to projects");
  await adding.getByRole("checkbox", { name: "Lighthouse" }).check();
  await button(adding, "Add").click();
  await expect(link(panel(admin, "Projects"), "Lighthouse")).toBeVisible();

  await sam.reload();
  await link(sam, "Lighthouse").click();
  await expect(heading(sam, "Lighthouse")).toBeVisible();
  await expect(panel(sam, "Members")).toContainText("Ada Lovelace");
  await expect(panel(sam, "Members")).toContainText("Sam Stranger");
});

test("the answer never tells whether an address has an account", async ({ api, open, mailServer }) => {
  await api.enrol(CARL);
  const before = mailServer.to(CARL.email).length;
  const page = await open();
  const words: string[] = [];
  for (const email of [CARL.email, SAM.email]) {
    await page.goto("/sign-up");
    await page.getByLabel("Full name").fill("Whoever");
    await page.getByLabel("E-mail").fill(email);
    await button(page, "Create account").click();
    await expect(heading(page, "Look into your mail")).toBeVisible();
    words.push((await page.getByRole("main").innerText()).replace(email, "ADDRESS"));
  }
  expect(words[0]).toBe(words[1]);
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(before + 1);
  expect(mailServer.to(CARL.email).at(-1)!.subject).toContain("You already have an account");
});

test("a closed portal offers no sign-up", async ({ api, open }) => {
  await api.call("PATCH", "/settings", { sign_up: "closed" });
  const page = await open();
  await expect(heading(page, "Sign in")).toBeVisible();
  await expect(link(page, "Create an account")).toBeHidden();
  await page.goto("/sign-up");
  await expect(heading(page, "No new accounts here")).toBeVisible();
});

test("under approval one is told that a mail comes once it is given", async ({ api, open, mailServer }) => {
  await api.call("PATCH", "/settings", { sign_up: "approval" });
  const sam = await open();
  await sam.goto("/sign-up");
  await sam.getByLabel("Full name").fill(SAM.name);
  await sam.getByLabel("E-mail").fill(SAM.email);
  await button(sam, "Create account").click();
  await expect(sam.getByText("After that an admin approves your account; you get a mail when it is done.")).toBeVisible();
  await expect.poll(() => mailServer.to(SAM.email).length).toBe(1);
  await sam.goto(mailServer.to(SAM.email)[0]!.link);
  await choosePassword(sam, SAM.password);
  await expect(heading(sam, "Almost there")).toBeVisible();
  await expect(sam.getByText("you get a mail when it is done")).toBeVisible();
  await link(sam, "Back to sign-in").click();
  await expect(heading(sam, "Sign in")).toBeVisible();
});

test("whoever waits is found, held against others, and let in with roles and projects; undone in one press", async ({
  admin,
  api,
  mailServer,
}) => {
  await api.project("Lighthouse");
  await api.invite({ name: "Sam Strange", email: "sam@elswhere.test" });
  await expect(link(admin, "Pending")).toHaveCount(0);
  await signUp(api, mailServer, SAM);
  await admin.goto("/users");
  await expect(link(admin, "1 waits for approval")).toBeVisible();
  await link(admin, "Pending 1").click();
  await expect(heading(admin, "Pending")).toBeVisible();
  await expect(names(admin)).toHaveText([/Sam Stranger/]);
  await expect(link(admin, "Pending 1")).toHaveAttribute("aria-current", "page");
  await expect(link(admin, "Users").first()).not.toHaveAttribute("aria-current", "page");

  await link(admin, SAM.name).click();
  const waits = admin.getByRole("region", { name: "Pending" });
  await expect(waits).toContainText("May be the same person as");
  await expect(waits.getByRole("listitem")).toHaveText([/Sam Strange.*sam@elswhere\.test.*Invited.*nearly the same address/]);
  await button(waits, "Approve…").click();
  const approving = dialog(admin, "Approve Sam Stranger");
  await expect(approving.getByRole("checkbox", { name: "Customer" })).toBeChecked();
  await approving.getByRole("checkbox", { name: "Vendor" }).check();
  await approving.getByRole("checkbox", { name: "Lighthouse" }).check();
  await button(approving, "Approve").click();
  await toast(admin, "Approved Sam Stranger.");
  await expect(waits).toHaveCount(0);
  await expect(link(panel(admin, "Projects"), "Lighthouse")).toBeVisible();
  await expect(admin.getByRole("checkbox", { name: "Vendor" })).toBeChecked();
  await expect.poll(() => mailServer.to(SAM.email).at(-1)?.subject).toBe("Welcome to Rollcall");

  await button(admin, "Undo").click();
  await expect(waits).toBeVisible();
  await expect(link(admin, "Pending 1")).toBeVisible();
});

test("one is declined with a message; many are judged at once", async ({ admin, api, mailServer }) => {
  const pia = await signUp(api, mailServer, { name: "Pia One", email: "pia@west.test" });
  for (const name of ["Pam", "Pat"]) await signUp(api, mailServer, { name: `${name} Many`, email: `${name}@east.test` });
  await admin.goto(`/users/${pia}`);
  await button(admin, "Decline…").click();
  const declining = dialog(admin, "Decline Pia One");
  await expect(field(declining, "Message")).toBeFocused();
  await field(declining, "Message").fill("We only serve shops.");
  await button(declining, "Decline").click();
  await toast(admin, "Pia One is declined, and a mail says so.");
  await expect(admin).toHaveURL(/\/users\?state=pending$/);
  await expect(names(admin)).toHaveCount(2);
  await expect.poll(() => mailServer.to("pia@west.test").at(-1)?.text).toContain("We only serve shops.");

  await admin.getByRole("checkbox", { name: /^Select all/ }).first().check();
  const bar = admin.getByRole("region", { name: "Selected users" });
  await button(bar, "Approve…").click();
  const approving = dialog(admin, "Approve 2 users");
  await approving.getByRole("checkbox", { name: "Vendor" }).check();
  await button(approving, "Approve").click();
  await toast(admin, "Approved 2 users.");
  await expect(admin.getByText("Nobody waits for approval")).toBeVisible();
  await button(admin, "Undo").click();
  await expect(names(admin)).toHaveCount(2);
});

test.describe("past the pace", () => {
  test.use({ environment: { ROLLCALL_LIMITS__SIGN_UP_PER_ORIGIN: "1", ROLLCALL_LIMITS__SIGN_UP_PUZZLE: "14" } });

  test("the browser solves a puzzle, and the form goes through", async ({ api, open, mailServer, guard }) => {
    await api.call("POST", "/sign-up", { name: "First", email: "first@west.test" });
    guard.expectRefusal(429, "POST /sign-up");
    const page = await open();
    await page.goto("/sign-up");
    await page.getByLabel("Full name").fill(SAM.name);
    await page.getByLabel("E-mail").fill(SAM.email);
    await page.keyboard.press("Enter");
    await expect(heading(page, "Look into your mail")).toBeVisible();
    await expect.poll(() => mailServer.to(SAM.email).length).toBe(1);
  });
});

test.describe("past the pace, slowly", () => {
  test.use({ environment: { ROLLCALL_LIMITS__SIGN_UP_PER_ORIGIN: "1", ROLLCALL_LIMITS__SIGN_UP_PUZZLE: "24" } });

  test("it says how far it is, and nothing typed is lost", async ({ api, open, guard }) => {
    await api.call("POST", "/sign-up", { name: "First", email: "first@west.test" });
    guard.expectRefusal(429, "POST /sign-up");
    const page = await open();
    await page.goto("/sign-up");
    await page.getByLabel("Full name").fill(SAM.name);
    await page.getByLabel("E-mail").fill(SAM.email);
    await button(page, "Create account").click();
    await expect(page.getByRole("progressbar")).toBeVisible();
    await expect(page.getByText(/^[1-9][\d,]* tries of the 16,777,216/)).toBeVisible();
    await expect(page.getByLabel("Full name")).toHaveValue(SAM.name);
    await link(page, "Sign in").click();
    await expect(heading(page, "Sign in")).toBeVisible();
  });
});
