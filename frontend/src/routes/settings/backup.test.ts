import { expect, test } from "vitest";
import type { Permission } from "$lib/api/types";
import { holdsEverything } from "./backup";

const READS: Permission[] = ["users.read", "activity.read", "mail.read"];
const WRITES: Permission[] = ["users.write", "users.delete", "users.impersonate", "users.export", "users.import"];
const REST: Permission[] = ["groups.write", "projects.create", "projects.manage", "settings.write"];

test("a backup is for those who hold everything", () => {
  expect(holdsEverything([...READS, ...WRITES, ...REST])).toBe(true);
  expect(holdsEverything([...READS, ...WRITES])).toBe(false);
  expect(holdsEverything(["settings.write"])).toBe(false);
});
