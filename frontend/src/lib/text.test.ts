import { expect, test } from "vitest";
import { typographic } from "./text";

test("apostrophes are printed, quotes and names are left alone", () => {
  expect(typographic("You don't see the portal's users' groups.")).toBe("You don’t see the portal’s users’ groups.");
  expect(typographic("There is no group “O'Neil”, only 'this'.")).toBe("There is no group “O'Neil”, only 'this'.");
});
