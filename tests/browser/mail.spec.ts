import { test, expect } from "./support/test.ts";
import { CARL, VERA } from "./support/people.ts";
import { button, choosePassword, dialog, field, heading, link, toast } from "./support/steps.ts";

test("the mail server is down: saving succeeds at once, the outbox says why and when next, then it goes out", async ({
  admin,
  mailServer,
}) => {
  await mailServer.stop();
  await admin.goto("/users/new");
  await admin.getByLabel("Full name").fill(CARL.name);
  await field(admin, "E-mail").fill(CARL.email);
  await button(admin, "Save").click();
  await toast(admin, "Carl Customer is created");
  await expect(heading(admin, "Users")).toBeVisible();

  await link(admin, "Outbox").click();
  const row = admin.getByRole("row").filter({ hasText: CARL.email });
  await expect(row).toContainText("Queued");
  await expect(row).toContainText(/127\.0\.0\.1/);
  await expect(row).toContainText(/1 try so far, next try/);

  await mailServer.start();
  await row.getByRole("button").click();
  const mail = dialog(admin, `Mail to ${CARL.email}`);
  await button(mail, "Try now").click();
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(1);
  await button(mail, "Close").last().click();
  await admin.reload();
  await expect(row).toContainText("Sent");
  await expect(row).toContainText("The server said:");
  expect(mailServer.to(CARL.email), "sent once").toHaveLength(1);
});

test("a refused address fails for good, with the server's reason", async ({ admin, api, mailServer }) => {
  mailServer.refuse("RCPT", "550 5.1.1 No such mailbox here");
  await api.call("POST", "/users", { name: CARL.name, email: CARL.email, welcome: { send: true } });
  await admin.goto("/mail?state=failed");
  const row = admin.getByRole("row").filter({ hasText: CARL.email });
  await expect(async () => {
    await admin.reload();
    await expect(row).toContainText("No such mailbox here", { timeout: 1000 });
  }).toPass();
  await expect(row).toContainText("Failed");
  mailServer.accept();
  await row.getByRole("button").click();
  await button(dialog(admin, `Mail to ${CARL.email}`), "Try again").click();
  await expect.poll(() => mailServer.to(CARL.email).length).toBe(1);
});

test("a test mail from the settings says what became of it", async ({ admin, mailServer }) => {
  await admin.goto("/settings");
  await button(admin, "Send a test mail").click();
  const panel = admin.getByRole("region", { name: "Test mail" });
  await expect(panel).toContainText("Sent");
  await expect(panel).toContainText("The server said:");
  expect(mailServer.mails).toHaveLength(1);
  expect(mailServer.mails[0]!.subject).toContain("Test mail");
});

test.describe("without a mail server", () => {
  test.use({ smtp: false });

  test("nothing is lost: the outbox keeps the mail, and its link is handed over", async ({ admin, open, portal }) => {
    expect(portal.output).toContain("No mail server is configured");
    await admin.goto("/users/new");
    await expect(admin.getByText("This portal has no mail server")).toBeVisible();
    await admin.getByLabel("Full name").fill(VERA.name);
    await field(admin, "E-mail").fill(VERA.email);
    await button(admin, "Save").click();
    await expect(heading(admin, "Users")).toBeVisible();
    await link(admin, "Outbox").click();
    await expect(admin.getByText("No mail server is configured, so mails wait here.")).toBeVisible();
    const row = admin.getByRole("row").filter({ hasText: VERA.email });
    await row.getByRole("button").click();
    const mail = dialog(admin, `Mail to ${VERA.email}`);
    await expect(mail.getByText("…").first(), "the link is not shown by itself").toBeVisible();
    await button(mail, "Copy link…").click();
    const url = await mail.getByLabel("One-time link").inputValue();
    await button(mail, "Close").last().click();

    const vera = await open();
    await vera.goto(url);
    await choosePassword(vera, VERA.password);
    await expect(heading(vera, "Hello, Vera Vendor")).toBeVisible();
    await admin.goto("/activity");
    await expect(admin.getByText("Ada Lovelace looked at a one-time link for Vera Vendor")).toBeVisible();
  });

  test("nobody is promised a mail: whoever signs up or forgot asks an admin", async ({ api, open }) => {
    void api;
    const page = await open();
    await page.goto("/sign-up");
    await page.getByLabel("Full name").fill(VERA.name);
    await page.getByLabel("E-mail").fill(VERA.email);
    await button(page, "Create account").click();
    await expect(heading(page, "Ask an admin for the link")).toBeFocused();
    await expect(page.getByText("This portal sends no mail by itself yet.")).toBeVisible();
    await expect(page.getByText("We have sent")).toHaveCount(0);
    await page.goto("/forgot");
    await field(page, "E-mail").fill(VERA.email);
    await button(page, "Ask for a link").click();
    await expect(heading(page, "Ask an admin for the link")).toBeVisible();
    await expect(page.getByText("on its way")).toHaveCount(0);
  });

  test("who looks after some users, and has no outbox, is pointed to Copy link", async ({ api, open }) => {
    const customer = await api.groupId("Customer");
    const permissions = ["users.read", "users.write"];
    await api.call("POST", "/groups", { name: "Desk", permissions, limited_to: [customer] });
    await api.call("POST", "/groups", { name: "Builders", permissions: ["projects.create"] });
    await api.enrol(CARL, { groups: ["Desk", "Builders"] });
    const page = await open(CARL);
    await page.goto("/users/new");
    await expect(page.getByText("“Copy link” on the user’s page makes one")).toBeVisible();
    await page.getByLabel("Full name").fill(VERA.name);
    await field(page, "E-mail").fill(VERA.email);
    await button(page, "Save").click();
    await toast(page, "“Copy link” on their page lets them in");
    await page.goto("/groups");
    const users = (name: string) => page.getByRole("row").filter({ has: page.getByRole("link", { name, exact: true }) });
    await expect(users("Customer").getByRole("link", { name: "1 user in Customer" })).toBeVisible();
    await expect(users("Admin"), "how many they are is not theirs to know").toContainText("–");
  });
});
