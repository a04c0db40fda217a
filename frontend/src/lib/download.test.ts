import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { onProofNeeded } from "./api/client";
import { download } from "./download";
import { toasts } from "./toasts.svelte";

let answers: Response[] = [];
let made: Blob | undefined;
const saved = vi.fn();

beforeEach(() => {
  vi.stubGlobal("fetch", async () => answers.shift());
  URL.createObjectURL = (blob) => {
    made = blob as Blob;
    return "blob:here";
  };
  URL.revokeObjectURL = () => {};
  vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
    saved(this.download);
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  saved.mockClear();
  toasts.list = [];
  onProofNeeded(async () => false);
});

const link = Object.assign(document.createElement("a"), { href: `${location.origin}/api/v1/users.csv` });
async function press(): Promise<boolean> {
  const event = new MouseEvent("click", { cancelable: true });
  Object.defineProperty(event, "currentTarget", { value: link });
  await download(event);
  return event.defaultPrevented;
}
const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ code }), {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
  });
const file = () => new Response("a,b", { headers: { "content-disposition": 'attachment; filename="users-1.csv"' } });

test("a file is saved under the name that the server gives it", async () => {
  answers = [file()];
  expect(await press()).toBe(true);
  expect(saved).toHaveBeenCalledExactlyOnceWith("users-1.csv");
  const bytes = new Uint8Array(await made!.arrayBuffer());
  expect([...bytes.slice(0, 3)], "the mark that Excel looks for").toEqual([0xef, 0xbb, 0xbf]);
  expect(toasts.list).toEqual([]);
});

test("a refusal is said in words, and nothing is saved", async () => {
  answers = [problem(429, "too-many-requests", { "retry-after": "30" })];
  await press();
  expect(saved).not.toHaveBeenCalled();
  expect(toasts.list.map(({ text }) => text)).toEqual(["Too many downloads are under way. Try again in 30 seconds."]);
});

test("a proof is asked for in place, and then the file comes", async () => {
  onProofNeeded(async () => true);
  answers = [problem(403, "step-up-required"), file()];
  await press();
  expect(saved).toHaveBeenCalledOnce();
});
