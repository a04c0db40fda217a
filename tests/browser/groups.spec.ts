import { look } from "./support/axe.ts";
import { test, expect } from "./support/test.ts";
import { CARL, VERA } from "./support/people.ts";
import { button, dialog, field, heading, link, toast } from "./support/steps.ts";

test("a group for some users: what it takes is said where it is chosen, and where it shows", async ({
  admin,
  api,
  open,
}) => {
  const carl = await api.enrol(CARL);
  await admin.goto("/groups");
  await button(admin, "New group").click();
  const making = dialog(admin, "New group");
  await field(making, "Name").fill("Desk");
  await making.getByLabel("Users in these groups").check();
  await making.getByRole("checkbox", { name: /^Customer/ }).check();
  await expect(making.getByText("With a limit, only what is about users can be given.")).toHaveCount(1);
  await making.getByRole("checkbox", { name: /users\.write/ }).check();
  await expect(making.getByRole("checkbox", { name: /users\.read/ }), "ticked along").toBeChecked();
  await expect(making.getByText("Seeing users is ticked along")).toBeVisible();
  await expect(making.getByText("Customer also permits “Create projects”")).toBeVisible();
  await look(admin, "group-limited");
  await button(making, "Create group").click();
  await toast(admin, "Desk is created.");

  await api.enrol(VERA, { groups: ["Desk"] });
  const vera = await open(VERA);
  await vera.goto(`/users/${carl.id}`);
  await expect(heading(vera, CARL.name)).toBeVisible();
  await expect(vera.getByText("Carl Customer may do what you may not: “Create projects”.")).toBeVisible();
});

test("a count of users leads to a list of as many", async ({ admin, api }) => {
  const { id } = await api.invite({ name: CARL.name, email: CARL.email, groups: ["Vendor"] });
  await api.invite({ name: VERA.name, email: VERA.email, groups: ["Vendor"] });
  await api.call("POST", `/users/${id}/disable`);
  await admin.goto("/groups");
  await link(admin, "2 users in Vendor").click();
  await expect(admin.getByRole("table", { name: "Users" }).locator("tbody tr")).toHaveCount(2);
});
