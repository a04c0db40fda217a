import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EVERYTHING } from "./query";
import { lastList, UserSearch } from "./search.svelte";

interface Pending {
  url: string;
  answer: (name: string, building?: { done: number; of: number }) => void;
  aborted: () => boolean;
}
let pending: Pending[] = [];

beforeEach(() => {
  pending = [];
  vi.stubGlobal("fetch", ({ url, signal }: Request) => {
    return new Promise<Response>((resolve, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("dropped", "AbortError")));
      const answer = (name: string, building: unknown = null) => {
        const list = { items: [{ id: name, name }], total: 1, page: 1, per_page: 50, matched_by: "exact", building };
        resolve(new Response(JSON.stringify(list)));
      };
      pending.push({ url, answer, aborted: () => signal.aborted });
    });
  });
});
afterEach(() => vi.unstubAllGlobals());

test("a newer search drops the older one, and its rows stay until the newer are here", async () => {
  const search = new UserSearch();
  const all = search.show(EVERYTHING);
  pending[0]!.answer("Ada");
  await all;

  const first = search.show({ ...EVERYTHING, q: "g" });
  const second = search.show({ ...EVERYTHING, q: "gr" });
  expect(pending[1]!.aborted()).toBe(true);
  await first;
  expect(search.list?.items[0]?.name).toBe("Ada");
  expect(search.busy).toBe(true);

  pending[2]!.answer("Grace");
  await second;
  expect(search.list?.items[0]?.name).toBe("Grace");
  expect(search.busy).toBe(false);
  expect(search.error).toBeNull();
});

test("coming back shows the last list at once, while it is read anew", async () => {
  const before = new UserSearch();
  const shown = before.show({ ...EVERYTHING, q: "ada" });
  pending[0]!.answer("Ada");
  await shown;

  const back = new UserSearch();
  void back.show({ ...EVERYTHING, q: "ada" });
  expect(back.list?.items[0]?.name).toBe("Ada");
  expect(pending).toHaveLength(2);

  const elsewhere = new UserSearch();
  void elsewhere.show({ ...EVERYTHING, q: "grace" });
  expect(elsewhere.list).toBeNull();
});

test("while the index is being built the list is asked for again, until it is whole or nobody looks", async () => {
  vi.useFakeTimers();
  const search = new UserSearch();
  const first = search.show(EVERYTHING);
  pending[0]!.answer("Ada", { done: 10, of: 20 });
  await first;
  expect(search.list?.building).toEqual({ done: 10, of: 20 });
  vi.advanceTimersByTime(2000);
  expect(pending).toHaveLength(2);
  pending[1]!.answer("Ada");
  await vi.waitFor(() => expect(search.list?.building).toBeNull());
  vi.advanceTimersByTime(60_000);
  expect(pending).toHaveLength(2);

  const left = search.show(EVERYTHING);
  pending[2]!.answer("Ada", { done: 1, of: 2 });
  await left;
  search.stop();
  vi.advanceTimersByTime(60_000);
  expect(pending).toHaveLength(3);
  vi.useRealTimers();
});

test("the list shown last is led back to, as it was", async () => {
  const search = new UserSearch();
  const shown = search.show({ ...EVERYTHING, q: "ada", sort: "-created", disabled: "include", page: 3 });
  pending[0]!.answer("Ada");
  await shown;
  expect(lastList()).toBe("?q=ada&sort=-created&disabled=include&page=3");
});
