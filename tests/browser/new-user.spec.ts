import { test, expect } from "./support/test.ts";
import { ADA, CARL, OTHER_PASSWORD, VERA } from "./support/people.ts";
import { button, choosePassword, dialog, field, heading, link, names, panel, signIn, toast } from "./support/steps.ts";

test("a customer, with name and e-mail only, own subject and BCC: mailed, password set, in", async ({
  admin,
  open,
  mailServer,
}) => {
  await link(admin, "Users").click();
  await link(admin, "New User").click();
  await expect(admin.getByLabel("Full name")).toBeFocused();
  await admin.getByLabel("Full name").fill("Zoë Çelik");
  await field(admin, "E-mail").fill("zoe@customer.test");
  await expect(admin.getByLabel("Send welcome e-mail")).toBeChecked();
  await expect(admin.getByText("Without it the user does not know how to get in")).toBeVisible();
  await expect(admin.getByText("None checked means Customer.")).toBeVisible();
  await expect(admin.getByLabel("Subject")).not.toHaveValue("");
  await admin.getByLabel("Subject").fill("Schön, dass du da bist, Zoë ✓");
  await admin.getByLabel("Personal message").fill("See you on Monday.\n.A line that begins with a dot");
  await admin.getByLabel("BCC me").check();

  await button(admin, "Preview the mail").click();
  const preview = dialog(admin, "The mail as it will look");
  await expect(preview.getByText("Schön, dass du da bist, Zoë ✓")).toBeVisible();
  await expect(preview.getByRole("document", { name: "The mail" }).getByText("Hello Zoë Çelik,")).toBeVisible();
  await button(preview, "As plain text").click();
  await expect(preview.getByText("See you on Monday.")).toBeVisible();
  await admin.keyboard.press("Escape");
  await expect(preview).toBeHidden();
  expect(mailServer.mails, "a preview sends nothing").toHaveLength(0);

  await button(admin, "Save").click();
  await toast(admin, "Zoë Çelik is created; the welcome e-mail is on its way.");
  await expect(heading(admin, "Users")).toBeVisible();
  await expect(names(admin)).toHaveText([/Ada Lovelace/, /Zoë Çelik/]);
  await expect(admin.getByRole("row", { name: /Zoë Çelik/ })).toContainText("Customer");

  await expect.poll(() => mailServer.mails.length).toBe(2);
  const [welcome] = mailServer.to("zoe@customer.test");
  const [copy] = mailServer.to(ADA.email);
  expect(welcome!.subject).toBe("Schön, dass du da bist, Zoë ✓");
  expect(welcome!.sender).toBe("portal@rollcall.test");
  expect(welcome!.headers.has("date")).toBe(true);
  expect(welcome!.headers.get("message-id")).toMatch(/^<.+@.+>$/);
  expect(welcome!.headers.has("bcc"), "nobody learns of the copy").toBe(false);
  for (const content of [welcome!.text, welcome!.html]) {
    expect(content).toContain("Zoë Çelik");
    expect(content).toContain("zoe@customer.test");
    expect(content).toContain("See you on Monday.");
    expect(content).toContain(".A line that begins with a dot");
    expect(content).toContain(welcome!.link);
  }
  expect(copy!.text).toContain("See you on Monday.");
  expect(copy!.text).toContain("The one-time link stood here. Only the recipient gets it.");
  expect(copy!.text + copy!.html).not.toContain(new URL(welcome!.link).hash);

  const zoe = await open();
  await zoe.goto(welcome!.link);
  await expect(heading(zoe, "Choose your password")).toBeVisible();
  expect(new URL(zoe.url()).hash).toBe("");
  await choosePassword(zoe, OTHER_PASSWORD);
  await expect(heading(zoe, "Hello, Zoë Çelik")).toBeVisible();
  await expect(zoe.getByText("You are in no project yet")).toBeVisible();
  await expect(link(zoe, "Users"), "a customer does not see the users").toBeHidden();

  const elsewhere = await open();
  await signIn(elsewhere, "ZOE@customer.test", OTHER_PASSWORD);
  await expect(heading(elsewhere, "Hello, Zoë Çelik")).toBeVisible();
});

test("a vendor, with roles and two projects", async ({ admin, api, open }) => {
  for (const name of ["Bridge", "Harbour", "Tunnel"]) await api.project(name);
  await admin.goto("/users/new");
  await admin.getByLabel("Full name").fill(VERA.name);
  await field(admin, "E-mail").fill(VERA.email);
  await admin.getByLabel("Company").fill("Vendor & Sons");
  await admin.getByLabel("Phone").fill("+49 30 123456");
  await admin.getByLabel("Notes").fill("Pays late.");
  await admin.getByLabel("Send welcome e-mail").uncheck();
  await expect(admin.getByLabel("Subject")).toBeHidden();
  const roles = admin.getByRole("group", { name: "Roles" });
  await roles.getByRole("checkbox", { name: "Vendor" }).check();
  await roles.getByRole("checkbox", { name: "Employee" }).check();
  const projects = admin.getByRole("group", { name: "Projects" });
  await projects.getByRole("checkbox", { name: "Bridge" }).check();
  await projects.getByRole("checkbox", { name: "Tunnel" }).check();
  await button(admin, "Save").click();

  await toast(admin, "Vera Vendor is created.");
  const row = admin.getByRole("row", { name: /Vera Vendor/ });
  await expect(row).toContainText("Employee, Vendor");
  await expect(row).toContainText("Invited");
  await link(admin, VERA.name).click();
  await expect(heading(admin, VERA.name)).toBeVisible();
  await expect(admin.getByLabel("Company")).toHaveValue("Vendor & Sons");
  await expect(admin.getByLabel("Notes")).toHaveValue("Pays late.");
  await expect(panel(admin, "Projects").getByRole("link")).toHaveText(["Bridge", "Tunnel"]);
  await expect(panel(admin, "Projects").getByText("Added by Ada Lovelace")).toHaveCount(2);
  await expect(panel(admin, "Mails").getByText("No mail was sent yet")).toBeVisible();

  await moreLink(admin);
  const url = await dialog(admin, "Copy link").getByLabel("One-time link").inputValue();
  const vera = await open();
  await vera.goto(url);
  await choosePassword(vera, VERA.password);
  await expect(heading(vera, "Hello, Vera Vendor")).toBeVisible();
  await expect(link(vera, "Bridge")).toBeVisible();
  await expect(link(vera, "Tunnel")).toBeVisible();
  await expect(link(vera, "Harbour")).toBeHidden();
});

test("errors stand beside their field, and nothing typed is lost", async ({ admin, api, guard }) => {
  const carl = await api.invite({ name: CARL.name, email: CARL.email });
  await admin.goto("/users/new");
  const name = admin.getByLabel("Full name");
  const email = field(admin, "E-mail");
  guard.expectRefusal(422, "POST /users");

  await email.fill("not an address");
  await admin.getByLabel("Notes").fill("Met at the fair.");
  await button(admin, "Save").click();
  await expect(name).toHaveAttribute("aria-invalid", "true");
  await expect(email).toHaveAttribute("aria-invalid", "true");
  await expect(name).toHaveAccessibleDescription(/\S/);
  await expect(email).toHaveAccessibleDescription(/\S/);
  await expect(admin.getByLabel("Notes")).toHaveValue("Met at the fair.");

  await name.fill("Carl Again");
  await email.fill(CARL.email.toUpperCase());
  await button(admin, "Save").click();
  await expect(link(admin, "Open that user")).toHaveAttribute("href", `/users/${carl.id}`);
  await expect(name).not.toHaveAttribute("aria-invalid", "true");

  await api.call("DELETE", `/users/${carl.id}`);
  await button(admin, "Save").click();
  await expect(link(admin, "Look at them")).toBeVisible();
  await button(admin, "restore them").click();
  // What was typed for a second Carl is given up for the first one: the page asks.
  await button(dialog(admin, "Leave without saving?"), "Leave").click();
  await expect(heading(admin, CARL.name)).toBeVisible();
  await expect(admin.getByText("Invited", { exact: true })).toBeVisible();
});

test("a preview that is refused leads to the field that it is refused for", async ({ admin, guard }) => {
  guard.expectRefusal(422, "POST /users/preview-welcome");
  await admin.goto("/users/new");
  await admin.getByLabel("Full name").fill(CARL.name);
  await field(admin, "E-mail").fill("not an address");
  await button(admin, "Preview the mail").click();
  await expect(field(admin, "E-mail")).toBeFocused();
  await expect(field(admin, "E-mail")).toHaveAccessibleDescription(/\S/);
  await field(admin, "E-mail").fill(CARL.email);
  await button(admin, "Preview the mail").click();
  await expect(dialog(admin, "The mail as it will look")).toBeVisible();
});

async function moreLink(page: Parameters<typeof heading>[0]) {
  await button(page, "More actions").click();
  await page.getByRole("menuitem", { name: "Copy link" }).click();
  await button(dialog(page, "Copy link"), "Make a link").click();
}
