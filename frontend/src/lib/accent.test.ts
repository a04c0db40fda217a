import { expect, test } from "vitest";
import { accentFrom, contrast, parseHex } from "./accent";

const SURFACES = { light: parseHex("#f6f6f8")!, dark: parseHex("#16171b")! };

test.each(["#3d5af1", "#ffd400", "#000000", "#ffffff", "#0aa", "#7f7f7f", "#ff0000"])(
  "%s is readable as text on both themes, and so is what stands on it",
  (hex) => {
    const accent = accentFrom(hex)!;
    expect(contrast(parseHex(accent.textLight)!, SURFACES.light)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(parseHex(accent.textDark)!, SURFACES.dark)).toBeGreaterThanOrEqual(4.5);
    expect(contrast(parseHex(accent.on)!, parseHex(accent.fill)!)).toBeGreaterThanOrEqual(4.5);
  },
);

test("what is no colour changes nothing", () => {
  expect(accentFrom("red; background: url(x)")).toBeNull();
  expect(accentFrom("#12345")).toBeNull();
});
