import { test, expect } from "./support/test.ts";
import { CARL, SAM } from "./support/people.ts";
import { button, choosePassword, dialog, heading, link, openUser, panel } from "./support/steps.ts";

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
