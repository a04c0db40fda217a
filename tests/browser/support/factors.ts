/** Second factors in the stories: an app's codes, a device with a passkey, a proof that ran out. */
import { expect, type Page } from "@playwright/test";
import { button, dialog, field, panel } from "./steps.ts";
import { codeOf } from "./totp.ts";

/**
 * A device that keeps passkeys and opens them by itself, as a finger on its reader would; also where the browser
 * fills in the e-mail, unless it does not do that.
 */
export async function device(page: Page, fillsIn = false): Promise<void> {
  if (!fillsIn) {
    await page.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
  }
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("WebAuthn.enable");
  await devtools.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

/** Reads the secret off the dialog and gives it the app's first code. */
export async function scanAndConfirm(page: Page): Promise<string> {
  const adding = dialog(page, "Add an authenticator app");
  await expect(adding.getByRole("img", { name: /QR code/ })).toBeVisible();
  const secret = (await adding.locator("code").innerText()).replace(/\s/g, "");
  expect(secret).toMatch(/^[A-Z2-7]{32}$/);
  const code = codeOf(secret);
  // As apps show it, in two halves.
  await field(adding, "Code").fill(`${code.slice(0, 3)} ${code.slice(3)}`);
  await button(adding, "Add the app").click();
  return secret;
}

/** The codes that are shown once. */
export async function keepCodes(page: Page): Promise<string[]> {
  const keeping = dialog(page, "Keep your recovery codes");
  await expect(keeping.getByRole("listitem")).toHaveCount(10);
  const codes = await keeping.getByRole("listitem").allInnerTexts();
  await button(keeping, "I have kept them").click();
  await expect(keeping).toBeHidden();
  return codes.map((code) => code.trim());
}

/** Under My profile: an app, and the codes that come with the first factor. */
export async function addApp(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.goto("/me");
  await button(panel(page, "Second factors"), "Add an app").click();
  const secret = await scanAndConfirm(page);
  return { secret, codes: await keepCodes(page) };
}

export async function addPasskey(page: Page, name: string): Promise<void> {
  await page.goto("/me");
  await button(panel(page, "Second factors"), "Add a passkey").click();
  await field(dialog(page, "Add a passkey"), "Name").fill(name);
  await button(dialog(page, "Add a passkey"), "Add a passkey").click();
}

export async function signOut(page: Page, name: string): Promise<void> {
  await button(page, new RegExp(name)).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Sign in" })).toBeVisible();
}

/**
 * As if five minutes had gone by since the last proof: the session says so, and a call of the kind that is named
 * is refused until the server has taken a new one. That it is the server's own rule is what its own tests show.
 */
export async function proofRunsOut(page: Page, method?: string, path?: string): Promise<void> {
  let proven = false;
  page.on("response", (response) => {
    if (response.url().endsWith("/api/v1/session/step-up") && response.ok()) proven = true;
  });
  await page.route("**/api/v1/session", async (route) => {
    if (proven || route.request().method() !== "GET") return route.fallback();
    const response = await route.fetch();
    const session = (await response.json()) as object;
    await route.fulfill({ response, json: { ...session, fresh_until: null } });
  });
  if (!path) return;
  await page.route(`**/api/v1${path}`, async (route) => {
    if (proven || route.request().method() !== method) return route.fallback();
    await route.fulfill({
      status: 403,
      contentType: "application/problem+json",
      json: { type: "about:blank", title: "Forbidden", status: 403, code: "step-up-required", detail: "Prove it." },
    });
  });
}
