import { readFile } from "node:fs/promises";
import { test, expect } from "./support/test.ts";
import type { Api } from "./support/api.ts";
import { ADA } from "./support/people.ts";
import { button, dialog, heading, link, moreAction, names, toast } from "./support/steps.ts";

/** Five people whose names, addresses, companies and groups stand in different orders. */
async function crowd(api: Api): Promise<void> {
  await api.invite({ name: "José Álvarez", email: "jose@norte.test", company: "Zenith", groups: ["Vendor"] });
  await api.invite({ name: "Łukasz Nowak", email: "nowak@acme.test", company: "Acme" });
  await api.invite({ name: "Éva Kiss", email: "kiss@duna.test", groups: ["Employee"] });
  await api.invite({ name: "Zoe Young", email: "a.young@acme.test", company: "Acme" });
  const gone = await api.invite({ name: "Dora Disabled", email: "dora@west.test", company: "West" });
  await api.call("POST", `/users/${gone.id}/disable`);
}

test("the search finds by any part, field by field, and survives reload and back", async ({ admin, api }) => {
  await crowd(api);
  await admin.goto("/users");
  const search = admin.getByRole("textbox", { name: "Search users" });
  const found = (...expected: RegExp[]) => expect(names(admin)).toHaveText(expected);
  await found(/Ada Lovelace/, /Éva Kiss/, /José Álvarez/, /Łukasz Nowak/, /Zoe Young/);
  await expect(admin.getByText("5 of 6 users")).toBeVisible();

  await search.pressSequentially("jose");
  await found(/José Álvarez/);
  await expect(admin).toHaveURL(/\?q=jose$/);
  await admin.reload();
  await expect(search).toHaveValue("jose");
  await found(/José Álvarez/);

  await search.fill("zenith");
  await found(/José Álvarez/);
  await search.fill("duna");
  await found(/Éva Kiss/);
  await search.fill("vendor");
  await found(/José Álvarez/);
  await search.fill("lukasz");
  await found(/Łukasz Nowak/);
  await search.fill("company:acme -zoe");
  await found(/Łukasz Nowak/);
  await search.fill('"unbalanced (and AND:');
  await expect(admin.getByText("Nobody matches")).toBeVisible();

  await search.fill("young");
  await found(/Zoe Young/);
  await admin.getByRole("combobox", { name: "Search in" }).selectOption("Company");
  await expect(admin.getByText("Nobody matches “young”")).toBeVisible();
  await admin.goBack();
  await found(/Zoe Young/);
  await expect(admin.getByRole("combobox", { name: "Search in" })).toHaveValue("");

  await link(admin, "Zoe Young").click();
  await expect(heading(admin, "Zoe Young")).toBeVisible();
  await admin.goBack();
  await expect(search).toHaveValue("young");
  await found(/Zoe Young/);

  await search.fill("jsoe");
  await expect(admin.getByText("No exact match for “jsoe”. Showing what is one typo away.")).toBeVisible();
  await found(/José Álvarez/);
});

test("from a user’s page one comes back to the list as it was, also after deleting them", async ({ admin, api }) => {
  await crowd(api);
  await admin.goto("/users?q=acme&sort=-name&disabled=include");
  const asItWas = /\/users\?q=acme&sort=-name&disabled=include$/;
  await expect(names(admin)).toHaveText([/Zoe Young/, /Łukasz Nowak/]);
  await link(admin, "Zoe Young").click();
  await admin.getByRole("navigation", { name: "Where you are" }).getByRole("link").click();
  await expect(admin).toHaveURL(asItWas);
  await expect(names(admin)).toHaveText([/Zoe Young/, /Łukasz Nowak/]);
  await link(admin, "Zoe Young").click();
  await expect(heading(admin, "Zoe Young")).toBeVisible();
  await moreAction(admin, "Delete…");
  await button(dialog(admin, "Delete Zoe Young?"), "Delete").click();
  await expect(admin).toHaveURL(asItWas);
  await expect(names(admin)).toHaveText([/Łukasz Nowak/]);
});

test("each column sorts, both ways, and the address keeps it", async ({ admin, api }) => {
  await crowd(api);
  await admin.goto("/users");
  const [ada, dora, eva, jose, lukasz, zoe] = [/Ada/, /Dora/, /Éva/, /José/, /Łukasz/, /Zoe/];
  await expect(names(admin)).toHaveText([ada, eva, jose, lukasz, zoe]);
  await button(admin, "Show disabled users").click();
  const orders: [column: string, key: string, order: RegExp[]][] = [
    ["E-mail", "email", [zoe, ada, dora, jose, eva, lukasz]],
    ["Company", "company", [ada, eva, lukasz, zoe, dora, jose]],
    ["Groups", "groups", [ada, lukasz, zoe, dora, eva, jose]],
    ["Created", "created", [ada, jose, lukasz, eva, zoe, dora]],
    ["Last seen", "last_seen", [jose, lukasz, eva, zoe, dora, ada]],
    ["Name", "name", [ada, dora, eva, jose, lukasz, zoe]],
  ];
  for (const [column, key, order] of orders) {
    const header = admin.getByRole("columnheader", { name: column });
    await button(header, column).click();
    await expect(header).toHaveAttribute("aria-sort", "ascending");
    await expect(names(admin), `by ${column}`).toHaveText(order);
    await button(header, column).click();
    await expect(header).toHaveAttribute("aria-sort", "descending");
    await expect(names(admin), `by ${column}, reversed`).toHaveText([...order].reverse());
    await expect(admin).toHaveURL(new RegExp(`sort=-${key}`));
  }
  await admin.reload();
  await expect(names(admin)).toHaveText([zoe, lukasz, jose, eva, dora, ada]);
  await expect(button(admin, "Show disabled users")).toHaveAttribute("aria-pressed", "true");
  await admin.goBack();
  await expect(admin.getByRole("columnheader", { name: "Name" })).toHaveAttribute("aria-sort", "ascending");
});

test("the export holds everyone, whatever is searched and toggled", async ({ admin, api }) => {
  await crowd(api);
  await api.invite({ name: "=1+1", email: "formula@acme.test", company: "Line, \"quoted\"" });
  await admin.goto("/users?q=jose");
  await expect(names(admin)).toHaveText([/José/]);
  await expect(button(admin, "Show disabled users")).toHaveAttribute("aria-pressed", "false");
  const [download] = await Promise.all([admin.waitForEvent("download"), link(admin, "Export CSV").click()]);
  expect(download.suggestedFilename()).toMatch(/^users-\d{4}-\d\d-\d\d\.csv$/);
  const bytes = await readFile(await download.path());
  expect(bytes.subarray(0, 3), "the mark that Excel looks for").toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  const lines = bytes.toString("utf8").replace(/^\uFEFF/, "").trimEnd().split("\r\n");
  expect(lines[0]).toBe("id,name,email,company,phone,groups,projects,state,created_at,last_seen_at,notes");
  expect(lines).toHaveLength(1 + 7);
  for (const email of [ADA.email, "jose@norte.test", "nowak@acme.test", "kiss@duna.test", "a.young@acme.test"]) {
    expect(lines.filter((line) => line.includes(email))).toHaveLength(1);
  }
  expect(lines.find((line) => line.includes("dora@west.test"))).toContain(",disabled,");
  const formula = lines.find((line) => line.includes("formula@acme.test"))!;
  expect(formula).not.toMatch(/,"?=1\+1/);
  expect(formula).toContain('"Line, ""quoted"""');
});

test("too many downloads at a time: it is said in words, and nothing comes", async ({ admin, guard }) => {
  guard.expectRefusal(429, "GET /users.csv");
  await admin.route("**/api/v1/users.csv", (route) =>
    route.fulfill({
      status: 429,
      headers: { "retry-after": "30", "content-type": "application/problem+json" },
      body: JSON.stringify({ code: "too-many-requests", detail: "Too many requests." }),
    }),
  );
  await admin.goto("/users");
  await link(admin, "Export CSV").click();
  await toast(admin, "Too many downloads are under way. Try again in 30 seconds.");
  await expect(heading(admin, "Users")).toBeVisible();
});

test("pages, filters, and what is said when nobody is found", async ({ admin, api }) => {
  await crowd(api);
  for (let n = 1; n <= 55; n++) await api.invite({ name: `Walter ${n}`, email: `walter${n}@crowd.test` });
  const vendors = await api.groupId("Vendor");
  await admin.goto("/users");
  await expect(names(admin)).toHaveCount(50);
  await admin.getByRole("navigation", { name: "Pages of the list" }).getByRole("link", { name: "Next" }).click();
  await expect(admin).toHaveURL(/page=2/);
  await expect(names(admin)).toHaveCount(10);
  await admin.goBack();
  await expect(names(admin)).toHaveCount(50);

  await admin.goto("/users?page=999");
  await button(admin, "Go to the last page").click();
  await expect(names(admin)).toHaveCount(10);

  await admin.goto(`/users?group=${vendors}&q=alvarez`);
  await expect(admin.getByRole("list", { name: "Filters" })).toContainText("Group: Vendor");
  await expect(names(admin)).toHaveText([/José/]);
  await button(admin, "Remove the filter Group: Vendor").click();
  await expect(admin).toHaveURL(/\?q=alvarez$/);

  await admin.goto("/users?q=dora+west");
  await expect(admin.getByText("Nobody matches “dora west”")).toBeVisible();
  await button(admin, "Look among disabled users too").click();
  await expect(names(admin)).toHaveText([/Dora Disabled/]);
  await expect(admin.getByRole("row", { name: /Dora/ })).toContainText("Disabled");
});

test("the list is asked for once, and then the page is quiet", async ({ admin }) => {
  // What the page before still asked for is not this page's.
  await admin.goto("about:blank");
  const asked: string[] = [];
  admin.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === "/api/v1/users") asked.push(searchParams.get("per_page")!);
  });
  await admin.goto("/users");
  await expect(names(admin)).toHaveCount(1);
  await admin.waitForLoadState("networkidle");
  expect(asked.sort(), "the list, how many there are in all, and how many wait").toEqual(["1", "1", "50"]);
});

test("what is written from right to left is cut at its own end, and stands where its column begins", async ({
  admin,
  api,
}) => {
  const company = "شركة النقل الدولية للبضائع والخدمات اللوجستية المحدودة في الموانئ والمطارات";
  const name = "אברהם בן־יוסף הכהן הגדול מירושלים ומסביבותיה של הארץ הטובה והרחבה";
  await api.invite({ name, email: "long@west.test", company });
  await api.invite({ name: "דן", email: "short@west.test", company: "قصير" });
  await admin.goto("/users?q=west");
  await expect(names(admin)).toHaveCount(2);
  /** Where its first letter stands, of the room that it has. */
  const first = (words: string) =>
    admin.getByTitle(words, { exact: true }).evaluate((cell) => {
      const text = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT).nextNode()!;
      const range = document.createRange();
      range.setStart(text, 0);
      range.setEnd(text, 1);
      const [letter, room] = [range.getBoundingClientRect(), cell.getBoundingClientRect()];
      return { left: letter.left - room.left, right: room.right - letter.right, cut: cell.scrollWidth > cell.clientWidth };
    });
  for (const words of [name, company]) {
    const { left, right, cut } = await first(words);
    expect(cut, words).toBe(true);
    expect(left, words).toBeGreaterThan(0);
    expect(Math.abs(right), words).toBeLessThan(2);
  }
  expect((await first("قصير")).left, "a short one begins with its column").toBeLessThan(60);
});
