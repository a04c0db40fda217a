import { afterEach, expect, test, vi } from "vitest";
import type { ImportRows } from "$lib/api/types";
import { UserImport } from "./import.svelte";

const row = { import_id: "i", total: 2, counts: { create: 2 }, items: [], file: null };
const previewed = { ...row, state: "previewed", progress: 1 } as unknown as ImportRows;
const json = (body: object, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

afterEach(() => vi.unstubAllGlobals());

/** An import that is looked at; what the server says to "apply" comes when the test says so. */
function looking() {
  let begin: (response: Response) => void = () => {};
  const begun = new Promise<Response>((resolve) => (begin = resolve));
  let read: (response: Response) => void = () => {};
  vi.stubGlobal("fetch", ({ method }: Request) =>
    method === "POST" ? begun : new Promise<Response>((resolve) => (read = resolve)),
  );
  const current = new UserImport(() => {});
  current.step = "preview";
  current.now = previewed;
  return { current, begin, read: (response: Response) => read(response) };
}

test("it is under way, from nought, only once the server has begun", async () => {
  const { current, begin, read } = looking();
  const applying = current.apply();
  expect([current.step, current.busy]).toEqual(["preview", true]);
  begin(json({ ...row, state: "applying" }));
  await vi.waitFor(() => expect(current.step).toBe("applying"));
  expect(current.now?.progress).toBe(0);
  read(json({ ...row, state: "applied", progress: 1 }));
  await applying;
  expect(current.step).toBe("done");
});

test("refused, or given up meanwhile, it never was under way", async () => {
  const refused = looking();
  const first = refused.current.apply();
  refused.begin(json({ code: "stale" }, 412));
  await first;
  expect([refused.current.step, refused.current.error !== null]).toEqual(["preview", true]);

  const left = looking();
  const second = left.current.apply();
  left.current.reset();
  left.begin(json({ ...row, state: "applying" }));
  await second;
  expect(left.current.step).toBe("choose");
});
