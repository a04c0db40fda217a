import { expect, test } from "vitest";
import { recognised, valueWords } from "./import-words";

test("what a file was recognised as", () => {
  const file = { encoding: "UTF-16LE", separator: "\t", source: "google-workspace", columns: [] };
  expect(recognised(file)).toBe("An export of Google Workspace. UTF-16LE, separated by tabs.");
  expect(recognised({ ...file, source: null, separator: ";" })).toBe(
    "Its columns are not known. UTF-16LE, separated by semicolons.",
  );
});

test("values of fields", () => {
  expect(valueWords(["Admin", "Vendor"])).toBe("Admin and Vendor");
  expect([valueWords([]), valueWords(null), valueWords("")]).toEqual(["none", "empty", "empty"]);
  expect(valueWords("Ann")).toBe("Ann");
});
