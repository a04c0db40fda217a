/** What no story may cause, whatever it is about; a test with a fault fails at its end. */
import type { BrowserContext, Response } from "@playwright/test";

interface Refusal {
  status: number;
  call: string;
  seen: boolean;
}

export class Guard {
  readonly faults: string[] = [];
  #refusals: Refusal[] = [];

  /** Announces an answer that is part of the story, such as 422 to `POST /users`; it must then come. */
  expectRefusal(status: number, call: string): void {
    this.#refusals.push({ status, call, seen: false });
  }

  async watch(context: BrowserContext, origin: string): Promise<void> {
    context.on("console", (message) => {
      if (message.type() !== "error") return;
      // The browser's own words about a refused call: the answers themselves are judged below.
      if (message.text().startsWith("Failed to load resource: the server responded with")) return;
      this.faults.push(`console: ${message.text()} (${message.location().url})`);
    });
    context.on("weberror", (error) => this.faults.push(`page error: ${error.error().stack ?? error.error()}`));
    context.on("request", (request) => {
      const url = new URL(request.url());
      if (["http:", "https:", "ws:", "wss:"].includes(url.protocol) && url.origin !== origin) {
        this.faults.push(`request to another origin: ${request.method()} ${request.url()}`);
      }
    });
    context.on("response", (response) => this.#judge(response));
    await context.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        console.error(`CSP: ${event.violatedDirective} refused ${event.blockedURI}`);
      });
    });
  }

  /** Everything wrong up to now, refusals that did not come included. */
  verdict(): string[] {
    const missing = this.#refusals.filter((refusal) => !refusal.seen);
    return [...this.faults, ...missing.map(({ status, call }) => `${call} never answered ${status}`)];
  }

  #judge(response: Response): void {
    const status = response.status();
    if (status < 400) return;
    const path = new URL(response.url()).pathname.replace("/api/v1", "");
    const call = `${response.request().method()} ${path}`;
    // Every visitor's page asks who they are.
    if (status === 401 && call === "GET /session") return;
    const fits = this.#refusals.filter((refusal) => refusal.status === status && call.startsWith(refusal.call));
    const expected = fits.find((refusal) => !refusal.seen) ?? fits[0];
    if (expected) expected.seen = true;
    else this.faults.push(`${status} to ${call}`);
  }
}
