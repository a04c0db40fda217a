/** axe's eyes: no finding in either theme, wide or narrow. */
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

const HEIGHT = 900;
const WIDTHS = [1280, 390];
/** Where pictures of what is looked at go, for people. */
const FOLDER = process.env.LOOK_DIR;

/** All rules, or those named. What passed is not asked for: telling it takes longer than finding it. */
async function findings(page: Page, rules?: string[]): Promise<string[]> {
  // However short a change of colours is, none may be looked at half-way.
  await page.waitForFunction(
    () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(!document.getAnimations().length)))),
  );
  const axe = new AxeBuilder({ page }).options({ resultTypes: ["violations"] }).setLegacyMode();
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join("\n")}`);
}

/** A page as it stands is looked at in every way; a theme changes nothing but its colours. */
export async function look(page: Page, name: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: HEIGHT });
    for (const [colorScheme, rules] of [["light"], ["dark", ["color-contrast"]]] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      if (FOLDER) await page.screenshot({ path: join(FOLDER, `axe-${name}-${colorScheme}-${width}.png`) });
      expect.soft(await findings(page, rules && [...rules]), `${name}, ${colorScheme}, ${width} px`).toEqual([]);
    }
  }
  await page.setViewportSize({ width: WIDTHS[0]!, height: HEIGHT });
}
