/** The browser's tests: each story of the portal, in Chromium, against the real binary. */
import { existsSync } from "node:fs";
import { defineConfig } from "@playwright/test";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const chromium = process.env.CHROMIUM || PLACES.find((place) => existsSync(place));
if (!chromium) throw new Error("No Chromium found: install it, or name it with CHROMIUM=/path/to/chromium.");

export default defineConfig({
  testDir: ".",
  outputDir: "test-results",
  fullyParallel: true,
  forbidOnly: true,
  workers: Number(process.env.WORKERS || 2),
  retries: 0,
  // Wide, for machines that are shared: none of them is a measurement, and what hangs is seen all the same.
  timeout: 180_000,
  expect: { timeout: 20_000 },
  // Pictures for people to look at are made only when a folder for them is named.
  testIgnore: process.env.LOOK_DIR ? [] : ["look.spec.ts"],
  reporter: [["list"]],
  use: {
    browserName: "chromium",
    locale: "en-GB",
    timezoneId: "Europe/Berlin",
    viewport: { width: 1280, height: 800 },
    actionTimeout: 20_000,
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: chromium,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        // Whatever a page would fetch from elsewhere fails here, and with it the test.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
      ],
    },
  },
});
