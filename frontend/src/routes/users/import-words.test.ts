import { expect, test } from "vitest";
import { fieldChoices, recognised, valueWords } from "./import-words";

test("what a file was recognised as", () => {
  const file = { encoding: "UTF-16LE", separator: "\t", source: "google-workspace", columns: [] };
  expect(recognised(file)).toBe("An export of Google Workspace. UTF-16LE, separated by tabs.");
  expect(recognised({ ...file, source: null, separator: ";" })).toBe(
    "Its columns are not known. UTF-16LE, separated by semicolons.",
  );
});

test("what only exports of others have can be chosen only where it was recognised", () => {
  const column = (name: string, field: string | null) => ({ name, field, sample: "" });
  const choices = (...columns: ReturnType<typeof column>[]) => fieldChoices(columns).map(([field]) => field);
  expect(choices(column("Wohin", null))).not.toContain("roles");
  expect(choices(column("Wohin", null))).toContain("email");
  const wordpress = choices(column("roles", "roles"), column("mail", "email"));
  expect(wordpress).toContain("roles");
  expect(wordpress).not.toContain("blocked");
});

test("values of fields", () => {
  expect(valueWords(["Admin", "Vendor"])).toBe("Admin and Vendor");
  expect([valueWords([]), valueWords(null), valueWords("")]).toEqual(["none", "empty", "empty"]);
  expect(valueWords("Ann")).toBe("Ann");
});
