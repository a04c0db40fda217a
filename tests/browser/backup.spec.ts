import { readFile } from "node:fs/promises";
import { expect, test } from "./support/test.ts";

test("an admin downloads a backup from the settings", async ({ admin }) => {
  await admin.goto("/settings");
  const panel = admin.getByRole("region", { name: "Backup" });
  await expect(panel.getByText("None yet.")).toBeVisible();
  const [download] = await Promise.all([
    admin.waitForEvent("download"),
    panel.getByRole("link", { name: "Download a backup" }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/^rollcall-\d{8}T\d{9}Z\.backup$/);
  const file = await readFile((await download.path())!, "latin1");
  expect(file).toMatch(/^ROLLCALL BACKUP\n/);
  expect(file).toContain('"users":');
});
