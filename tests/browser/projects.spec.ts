import { test, expect } from "./support/test.ts";
import { CARL, GRACE, VERA } from "./support/people.ts";
import { button, dialog, heading, link, panel, toast } from "./support/steps.ts";

test("a new project: all admins are in it, nobody else", async ({ admin, api, open }) => {
  await api.enrol(CARL);
  await api.enrol(VERA, { groups: ["Vendor"] });
  await api.invite({ name: GRACE.name, email: GRACE.email, groups: ["Admin"] });

  const carl = await open(CARL);
  await link(carl, "Projects").click();
  await button(carl, "New project").click();
  const creating = dialog(carl, "New project");
  await creating.getByLabel("Name").fill("Pier 7");
  await creating.getByLabel("Description").fill("New planks for the pier.");
  await button(creating, "Create project").click();
  await toast(carl, "Pier 7 is created.");
  await expect(heading(carl, "Pier 7")).toBeVisible();
  const members = panel(carl, "Members").getByRole("listitem");
  await expect(members).toHaveCount(3);
  await expect(members.filter({ hasText: "Carl Customer" })).toContainText("Created it");
  await expect(members.filter({ hasText: "Ada Lovelace" })).toContainText("Added as admin");
  await expect(members.filter({ hasText: "Grace Hopper" }), "invited admins too").toContainText("Added as admin");

  const vera = await open(VERA);
  await expect(vera.getByText("You are in no project yet")).toBeVisible();
  await link(vera, "Projects").click();
  await expect(heading(vera, "Projects")).toBeVisible();
  await expect(button(vera, "New project"), "a vendor works in projects of others").toBeHidden();
  await expect(vera.getByText("Pier 7")).toBeHidden();

  await admin.goto("/projects");
  await link(admin, "Pier 7").click();
  await button(admin, "Add members").click();
  const adding = dialog(admin, "Add members to Pier 7");
  await adding.getByRole("combobox", { name: "User" }).fill("vera");
  await adding.getByRole("option", { name: /Vera Vendor/ }).click();
  await button(adding, "Add").click();
  await toast(admin, "Vera Vendor is a member now.");
  await vera.goto("/");
  await expect(link(vera, "Pier 7")).toBeVisible();

  await button(admin, "Remove Vera Vendor").click();
  await toast(admin, "Vera Vendor is out of Pier 7.");
  await expect(panel(admin, "Members").getByText("Vera Vendor")).toBeHidden();
  await button(admin, "Undo").click();
  await expect(panel(admin, "Members").getByText("Vera Vendor")).toBeVisible();
});

test("a project is archived, made active again, and deleted by typing its name", async ({ admin, api }) => {
  const { id } = await api.project("Old Mill");
  await admin.goto(`/projects/${id}`);
  await button(admin, "Archive").click();
  await toast(admin, "Old Mill is archived.");
  await expect(admin.getByRole("main").getByText("Archived", { exact: true })).toBeVisible();
  await button(admin, "Make active again").click();
  await toast(admin, "Old Mill is active.");

  await button(admin, "Delete…").click();
  const deleting = dialog(admin, "Delete Old Mill?");
  await button(deleting, "Delete for good").click();
  await expect(deleting.getByText("This is not Old Mill.")).toBeVisible();
  await deleting.getByLabel("Name of the project").fill("old mill");
  await button(deleting, "Delete for good").click();
  await toast(admin, "Old Mill is deleted.");
  await expect(admin.getByText("There are no projects yet")).toBeVisible();
});
