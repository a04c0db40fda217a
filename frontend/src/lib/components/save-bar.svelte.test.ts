import { render } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import SaveBar from "./SaveBar.svelte";

test("toasts stand above the buttons of a form, for as long as these are there", async () => {
  vi.stubGlobal(
    "ResizeObserver",
    class {
      observe = () => {};
      disconnect = () => {};
    },
  );
  vi.spyOn(Element.prototype, "getBoundingClientRect").mockReturnValue(
    DOMRect.fromRect({ y: innerHeight - 60, height: 60 }),
  );
  const foot = () => document.documentElement.style.getPropertyValue("--foot");
  const props = { dirty: true, busy: false, discard: () => {} };
  const { rerender } = render(SaveBar, props);
  expect(foot()).toBe("60px");
  await rerender({ dirty: false });
  expect(foot()).toBe("");
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});
