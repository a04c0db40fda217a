import { test, expect } from "./support/test.ts";
import { ADA, CARL } from "./support/people.ts";
import { button, heading, link, names, toast } from "./support/steps.ts";

test("first start: the terminal's set-up address makes the first admin", async ({ portal, open, guard }) => {
  const address = await portal.setUpAddress();
  expect(address.startsWith(`${portal.url}/setup#`)).toBe(true);

  const page = await open();
  await expect(heading(page, "This portal is not set up yet")).toBeVisible();
  guard.expectRefusal(410, "POST /setup/inspect");
  await page.goto(`${portal.url}/setup#of-an-earlier-start`);
  await expect(page.getByRole("alert")).toContainText("not the right one");
  await expect(page.getByLabel("Your full name"), "nobody fills in a form in vain").toHaveCount(0);
  // Only the fragment changes: the same page goes on with the right one.
  await page.goto(address);
  await expect(heading(page, "Set up your portal")).toBeVisible();
  expect(new URL(page.url()).hash, "the token does not stay in the address").toBe("");

  await page.getByLabel("Name of the portal").fill("Acme Portal");
  await page.getByLabel("Your full name").fill(ADA.name);
  await page.getByLabel("Your e-mail").fill(ADA.email);
  const password = page.getByLabel("Password", { exact: true });
  guard.expectRefusal(422, "POST /setup");
  await password.fill("acme portal");
  await expect(page.getByText("not enough yet")).toBeVisible();
  await button(page, "Set up the portal").click();
  await expect(password).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("Your full name"), "nothing typed is lost").toHaveValue(ADA.name);

  await password.fill(ADA.password);
  await button(page, "Set up the portal").click();
  await toast(page, "Acme Portal is set up. You are its first admin.");
  await expect(heading(page, "Users")).toBeVisible();
  await expect(names(page)).toHaveText([/Ada Lovelace/]);

  const second = await open();
  await expect(heading(second, "Sign in")).toBeVisible();
  await second.goto(address);
  await expect(heading(second, "This portal is set up already")).toBeVisible();
});

test("stop and start, and an end without warning: nothing is lost", async ({ portal, api, admin }) => {
  const project = await api.project("Harbour");
  await api.invite({ name: CARL.name, email: CARL.email, company: "Customer Ltd", projects: [project.id] });
  // The page is left first: what it would still ask for is not what this is about.
  await admin.goto("about:blank");
  await portal.stop();
  await portal.start();
  await admin.goto("/users");
  await expect(names(admin)).toHaveText([/Ada Lovelace/, /Carl Customer/]);

  await api.invite({ name: "Dora Direct", email: "dora@customer.test" });
  await admin.goto("about:blank");
  await portal.kill();
  await portal.start();
  await admin.goto("/users?q=dora");
  await expect(names(admin)).toHaveText([/Dora Direct/]);
  await admin.goto("/users?q=customer+ltd");
  await link(admin, CARL.name).click();
  await expect(link(admin, "Harbour")).toBeVisible();
  await expect(admin.getByText("Ada Lovelace created Carl Customer")).toBeVisible();
});

test("an unknown path is a real 404, signed in or not", async ({ admin, open, guard }) => {
  guard.expectRefusal(404, "GET /no/such/page");
  const answer = await admin.goto("/no/such/page");
  expect(answer!.status()).toBe(404);
  await expect(heading(admin, "Page not found")).toBeVisible();
  await link(admin, "Go to Home").click();
  await expect(heading(admin, /Hello/)).toBeVisible();

  guard.expectRefusal(404, "GET /users/019a0000-0000-7000-8000-000000000000");
  await admin.goto("/users/019a0000-0000-7000-8000-000000000000");
  await expect(heading(admin, "User not found")).toBeVisible();

  const visitor = await open();
  guard.expectRefusal(404, "GET /nothing-here");
  expect((await visitor.goto("/nothing-here"))!.status()).toBe(404);
});

test("on a phone a long name of the portal leaves every entry of the menu in reach", async ({ api, open }) => {
  const portal_name = "Donaudampfschifffahrtsgesellschaftskapitänswitwen".repeat(2).slice(0, 80);
  await api.call("PATCH", "/settings", { portal_name });
  const page = await open(ADA, { viewport: { width: 320, height: 480 } });
  await button(page, "Menu").click();
  const menu = page.getByRole("dialog");
  await expect(button(menu, "Close")).toBeInViewport({ ratio: 1 });
  expect(await menu.evaluate((one) => one.scrollWidth - one.clientWidth), "nothing at its side").toBeLessThanOrEqual(0);
  for (const entry of [link(menu, "Users"), button(menu, /Ada Lovelace/), link(menu, "Settings")]) {
    await entry.scrollIntoViewIfNeeded();
    await expect(entry).toBeInViewport({ ratio: 1 });
  }
  await link(menu, "Settings").click();
  await expect(heading(page, "Settings")).toBeVisible();
});
