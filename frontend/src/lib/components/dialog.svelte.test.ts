import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet, tick } from "svelte";
import { expect, test, vi } from "vitest";
import Dialog from "./Dialog.svelte";
import Menu from "./Menu.svelte";
import TextInput from "./TextInput.svelte";

// jsdom has no dialogs: this is as much of them as is looked at here.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

const children = createRawSnippet(() => ({
  render: () => `<div><input aria-label="Name"><button data-first="">Copy</button></div>`,
}));

test("what is shown once is closed by its own buttons alone, and its first one has the focus", async () => {
  const onclose = vi.fn();
  render(Dialog, { open: true, title: "Codes", stays: true, onclose, children });
  const dialog = screen.getByRole("dialog");
  expect(screen.queryByRole("button", { name: "Close" })).toBeNull();
  expect(screen.getByRole("button", { name: "Copy" })).toHaveFocus();
  const esc = new KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
  dialog.dispatchEvent(esc);
  const cancel = new Event("cancel", { cancelable: true });
  dialog.dispatchEvent(cancel);
  dialog.dispatchEvent(new MouseEvent("pointerdown", { bubbles: true }));
  expect([esc.defaultPrevented, cancel.defaultPrevented]).toEqual([true, true]);
  (dialog as HTMLDialogElement).close();
  await tick();
  expect(dialog).toHaveAttribute("open");
  expect(onclose).not.toHaveBeenCalled();
});

test("any other dialog is closed by a press beside it", async () => {
  const onclose = vi.fn();
  render(Dialog, { open: true, title: "Form", onclose, children });
  screen.getByRole("dialog").dispatchEvent(new MouseEvent("pointerdown", { bubbles: true }));
  await tick();
  expect(onclose).toHaveBeenCalledOnce();
});

const button = createRawSnippet<[Record<string, unknown> & { onclick: () => void }]>((attributes) => ({
  render: () => `<button aria-haspopup="menu">More</button>`,
  setup: (node) => node.addEventListener("click", () => attributes().onclick()),
}));

test("a menu goes where it has room, and scrolls where it has too little", async () => {
  const user = userEvent.setup();
  const rect = vi.spyOn(Element.prototype, "getBoundingClientRect");
  const height = vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(300);
  const items = createRawSnippet(() => ({ render: () => `<button role="menuitem">Disable</button>` }));
  render(Menu, { button, children: items, placement: "above-end" });
  const press = () => user.click(screen.getByRole("button", { name: "More" }));
  vi.stubGlobal("innerHeight", 768);
  for (const [y, below] of [
    [700, false],
    [310, false],
    [309, true],
    [100, true],
  ] as const) {
    rect.mockReturnValue(DOMRect.fromRect({ y, height: 32 }));
    await press();
    const menu = screen.getByRole("menu");
    expect(menu.classList.contains("flipped"), `at ${y}`).toBe(below);
    expect(menu.style.maxBlockSize, `at ${y}`).toBe("");
    await press();
  }
  vi.stubGlobal("innerHeight", 200);
  rect.mockReturnValue(DOMRect.fromRect({ y: 150, height: 32 }));
  await press();
  expect(screen.getByRole("menu")).not.toHaveClass("flipped");
  expect(screen.getByRole("menu").style.maxBlockSize).toBe("140px");
  vi.unstubAllGlobals();
  rect.mockRestore();
  height.mockRestore();
});

test("before a menu item does its work, the menu’s button has the focus again", async () => {
  const user = userEvent.setup();
  const during = vi.fn();
  const items = createRawSnippet(() => ({
    render: () => `<button role="menuitem">Disable</button>`,
    setup: (node) => node.addEventListener("click", () => during(document.activeElement?.textContent)),
  }));
  render(Menu, { button, children: items });
  await user.click(screen.getByRole("button", { name: "More" }));
  await user.click(screen.getByRole("menuitem", { name: "Disable" }));
  expect(during).toHaveBeenCalledExactlyOnceWith("More");
});

test("an error goes with the first key, and the next answer is shown again", async () => {
  const user = userEvent.setup();
  const props = { label: "Name", value: "", error: "Enter a name." as string | null };
  const { rerender } = render(TextInput, props);
  const input = screen.getByLabelText("Name");
  expect(input).toHaveAttribute("aria-invalid");
  await user.type(input, "A");
  expect(screen.queryByText("Enter a name.")).toBeNull();
  expect(input).not.toHaveAttribute("aria-invalid");
  await rerender({ error: null });
  await rerender({ error: "Enter a name." });
  expect(screen.getByText("Enter a name.")).toBeInTheDocument();
});
