import { test, expect } from "./support/test.ts";
import { CARL } from "./support/people.ts";
import { button, dialog, heading, link, openUser, panel, toast } from "./support/steps.ts";

const REASON = "Request 4411: can’t find the project";

test("log in as, to look: the reason, the bar, what is forbidden, the return, both sides' activity", async ({
  admin,
  api,
  open,
}) => {
  const project = await api.project("Harbour");
  await api.enrol(CARL, { projects: [project.id] });
  await openUser(admin, CARL.name);
  await button(admin, "Log in as").click();
  const asking = dialog(admin, "Log in as Carl Customer");
  await button(asking, "Log in").click();
  await expect(asking.getByLabel("Reason")).toHaveAttribute("aria-invalid", "true");
  await asking.getByLabel("Reason").fill(REASON);
  await button(asking, "Log in").click();

  const bar = admin.getByRole("region", { name: "Acting as another user" });
  await expect(heading(admin, "Hello, Carl Customer")).toBeVisible();
  await expect(bar).toContainText("Ada Lovelace acting as Carl Customer");
  await expect(bar).toContainText("read-only");
  await expect(bar.getByRole("timer")).toHaveText(/^(30:00|29:\d\d)/);
  await expect(link(admin, "Users"), "his rights, not hers").toBeHidden();
  await link(admin, "Harbour").click();
  await expect(heading(admin, "Harbour")).toBeVisible();
  await expect(bar).toBeVisible();

  await admin.goto("/me");
  await expect(bar).toBeVisible();
  await expect(heading(admin, "Profile of Carl Customer")).toBeVisible();
  await expect(admin.getByLabel("Full name")).toBeDisabled();
  await expect(admin.getByText("they can’t be touched while you act as them")).toBeVisible();
  for (const title of ["E-mail", "Password", "Sessions"]) await expect(panel(admin, title)).toBeHidden();
  for (const [method, path] of [
    ["POST", "/me/password"],
    ["POST", "/me/email"],
    ["PATCH", "/me"],
    ["POST", "/projects"],
  ] as const) {
    const answer = await admin.request.fetch(`/api/v1${path}`, { method, data: { name: "x" } });
    expect(answer.status(), `${method} ${path} is refused by the server too`).toBe(403);
    expect((await answer.json()).code).toBe("impersonating");
  }
  const nested = await admin.request.get("/api/v1/users.csv");
  expect(nested.status()).toBe(403);

  await button(bar, "Return to my account").click();
  await toast(admin, "You are yourself again.");
  await expect(heading(admin, CARL.name)).toBeVisible();
  await expect(bar).toBeHidden();
  const activity = panel(admin, "Activity");
  await expect(activity).toContainText("Ada Lovelace logged in as Carl Customer");
  await expect(activity).toContainText(REASON);

  const carl = await open(CARL);
  await carl.goto("/me");
  await expect(panel(carl, "Activity on this account")).toContainText("Ada Lovelace logged in as you");
  await expect(panel(carl, "Activity on this account")).toContainText(REASON);
});

test("log in as, to act: what is done is recorded with both names", async ({ admin, api, open }) => {
  await api.enrol(CARL);
  await openUser(admin, CARL.name);
  await button(admin, "Log in as").click();
  const asking = dialog(admin, "Log in as Carl Customer");
  await asking.getByLabel("Reason").fill("He asked me to");
  await asking.getByLabel("Also act").check();
  await button(asking, "Log in").click();
  const bar = admin.getByRole("region", { name: "Acting as another user" });
  await expect(bar).toContainText("may act");
  await link(admin, "Projects").click();
  await button(admin, "New project").click();
  const creating = dialog(admin, "New project");
  await creating.getByLabel("Name").fill("By proxy");
  await button(creating, "Create project").click();
  await expect(heading(admin, "By proxy")).toBeVisible();
  await button(bar, "Return to my account").click();
  await expect(heading(admin, CARL.name)).toBeVisible();
  await admin.goto("/activity");
  await expect(admin.getByText(/Ada Lovelace created the project By proxy.*acting as Carl Customer/)).toBeVisible();

  const carl = await open(CARL);
  await expect(link(carl, "By proxy")).toBeVisible();
});

test("two tabs: the other one goes along at once, but what is typed there stays and can still be saved", async ({
  admin,
  api,
}) => {
  const { id } = await api.enrol(CARL);
  const form = await admin.context().newPage();
  await form.goto(`/users/${id}`);
  await form.getByLabel("Notes").fill("Met at the fair.");
  const other = await admin.context().newPage();
  await other.goto("/");
  await expect(heading(other, "Hello, Ada Lovelace")).toBeVisible();

  await openUser(admin, CARL.name);
  await button(admin, "Log in as").click();
  const asking = dialog(admin, "Log in as Carl Customer");
  await asking.getByLabel("Reason").fill(REASON);
  await button(asking, "Log in").click();
  await expect(heading(other, "Hello, Carl Customer")).toBeVisible();
  const told = dialog(form, "You act as Carl Customer now");
  await expect(told).toContainText("What you typed here as Ada Lovelace is not saved");
  await button(told, "Stay here").click();
  await expect(form.getByLabel("Notes")).toHaveValue("Met at the fair.");

  await button(form, "Save").click();
  await button(told, "Return to my account").click();
  await expect(told).toBeHidden();
  await expect(button(form, "Save"), "saved, in her own name").toBeHidden();
  expect(await api.call("GET", `/users/${id}`)).toMatchObject({ notes: "Met at the fair." });
  await expect(heading(other, "Hello, Ada Lovelace")).toBeVisible();
});
