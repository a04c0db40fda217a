import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { createRawSnippet, tick } from "svelte";
import { expect, test, vi } from "vitest";
import CheckboxGroup from "./CheckboxGroup.svelte";
import ConfirmByTyping from "./ConfirmByTyping.svelte";
import Pager from "./Pager.svelte";
import Table from "./Table.svelte";

// jsdom has no dialogs: what counts here is what is inside.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  this.open = false;
};

const options = Array.from({ length: 12 }, (_, at) => ({
  id: `p${at}`,
  name: at === 3 ? "Ångström sensors" : `Project ${at}`,
}));

test("many options have a filter, and what is checked stays checked while filtered out", async () => {
  const user = userEvent.setup();
  const props = $state({ legend: "Projects", options, value: [] as string[] });
  render(CheckboxGroup, {
    get value() {
      return props.value;
    },
    set value(value) {
      props.value = value;
    },
    legend: props.legend,
    options: props.options,
  });
  await user.click(screen.getByLabelText("Project 1"));
  await user.type(screen.getByLabelText("Filter"), "angs");
  expect(screen.getAllByRole("checkbox")).toHaveLength(1);
  await user.click(screen.getByLabelText("Ångström sensors"));
  expect([...props.value].sort()).toEqual(["p1", "p3"]);
});

test("of many, those checked at first stand first, and nothing moves while one clicks", async () => {
  const user = userEvent.setup();
  const props = { legend: "Projects", options, value: ["p7", "p2"] };
  const { rerender } = render(CheckboxGroup, props);
  const names = () => screen.getAllByRole("checkbox").map((box) => box.closest("label")?.textContent?.trim());
  expect(names().slice(0, 4)).toEqual(["Project 2", "Project 7", "Project 0", "Project 1"]);
  const before = names();
  await user.click(screen.getByLabelText("Project 2"));
  await user.click(screen.getByLabelText("Project 9"));
  expect(names()).toEqual(before);
  await rerender({ ...props, value: ["p9"] });
  expect(names()).toEqual(before);
});

test("few options have no filter", () => {
  render(CheckboxGroup, { legend: "Projects", options: options.slice(0, 3), value: [] });
  expect(screen.queryByLabelText("Filter")).toBeNull();
});

test("what was refused is said until it is changed", async () => {
  const user = userEvent.setup();
  const props = { legend: "Groups", options: options.slice(0, 3), value: [] as string[] };
  const { rerender } = render(CheckboxGroup, { ...props, error: "Choose one." });
  const group = screen.getByRole("group", { name: "Groups" });
  expect(group).toHaveAccessibleDescription("Choose one.");
  expect(group).toHaveAttribute("data-refused");
  await user.click(screen.getByLabelText("Project 1"));
  expect(group).not.toHaveAttribute("data-refused");
  await rerender({ error: null });
  await rerender({ error: "Choose one." });
  expect(group).toHaveAttribute("data-refused");
});

const rows = ["Ada", "Grace", "Zoë"];
const table = (more: object = {}) =>
  render(Table<string>, {
    label: "Users",
    columns: [
      { key: "name", label: "Name", sortable: true, main: true },
      { key: "state", label: "State" },
    ],
    rows,
    rowKey: (row: string) => row,
    cell: createRawSnippet<[string, { key: string }]>((row, column) => ({
      render: () => (column().key === "name" ? `<a href="#${row()}">${row()}</a>` : `<span>active</span>`),
    })),
    ...more,
  });

test("the arrows walk through the rows", async () => {
  const user = userEvent.setup();
  const { component } = table();
  component.focusFirst();
  await user.keyboard("{ArrowDown}{ArrowDown}");
  expect(screen.getByRole("link", { name: "Zoë" })).toHaveFocus();
  await user.keyboard("{ArrowDown}{ArrowUp}");
  expect(screen.getByRole("link", { name: "Grace" })).toHaveFocus();
  await user.keyboard("{End}{Home}");
  expect(screen.getByRole("link", { name: "Ada" })).toHaveFocus();
});

test("filled anew, the row that had the focus keeps it where it is now, and takes it along when it goes", async () => {
  const { component, rerender } = table({ refill: true });
  component.focusFirst();
  const focused = () => document.activeElement?.closest("tr")?.dataset.key;
  expect(focused()).toBe("Ada");
  await rerender({ rows: ["Zoë", "Grace", "Ada"] });
  await tick();
  expect(focused()).toBe("Ada");
  await rerender({ rows: ["Zoë", "Grace", "Ada", "Bo"] });
  await tick();
  expect(focused()).toBe("Ada");
  await rerender({ rows: ["Zoë", "Grace", "Bo"] });
  await tick();
  expect(document.activeElement).toBe(document.body);
});

test("a column says how it sorts, and the second press reverses", async () => {
  const user = userEvent.setup();
  const onsort = vi.fn();
  const { rerender } = table({ sort: null, onsort });
  const header = screen.getByRole("columnheader", { name: "Name" });
  expect(header).toHaveAttribute("aria-sort", "none");
  expect(screen.getByRole("columnheader", { name: "State" })).not.toHaveAttribute("aria-sort");
  await user.click(screen.getByRole("button", { name: "Name" }));
  expect(onsort).toHaveBeenLastCalledWith("name");
  await rerender({ sort: "name" });
  expect(header).toHaveAttribute("aria-sort", "ascending");
  await user.click(screen.getByRole("button", { name: "Name" }));
  expect(onsort).toHaveBeenLastCalledWith("-name");
  await rerender({ sort: "-name" });
  expect(header).toHaveAttribute("aria-sort", "descending");
});

test("a pager says where one is and ends where the list ends", () => {
  render(Pager, { page: 3, perPage: 50, total: 120, href: (page: number) => `?page=${page}` });
  expect(screen.getByText("101–120 of 120")).toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Previous" })).toHaveAttribute("href", "?page=2");
  expect(screen.getByRole("button", { name: "Next" })).toBeDisabled();
});

test("past the end a pager claims nothing and leads back to the last page", () => {
  render(Pager, { page: 99, perPage: 50, total: 120, href: (page: number) => `?page=${page}` });
  expect(screen.queryByText(/of 120/)).not.toBeInTheDocument();
  expect(screen.getByRole("link", { name: "Previous" })).toHaveAttribute("href", "?page=3");
});

test("nothing goes for good before the words are typed", async () => {
  const user = userEvent.setup();
  const confirm = vi.fn(async () => {});
  render(ConfirmByTyping, {
    open: true,
    title: "Delete?",
    expected: "Ada@example.com",
    label: "E-mail",
    action: "Delete for good",
    confirm,
    children: createRawSnippet(() => ({ render: () => "<p>Gone.</p>" })),
  });
  const button = screen.getByRole("button", { name: "Delete for good" });
  await user.type(screen.getByLabelText("E-mail"), "ada@example");
  await user.click(button);
  expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription("This is not Ada@example.com.");
  expect(confirm).not.toHaveBeenCalled();
  await user.type(screen.getByLabelText("E-mail"), ".com");
  expect(screen.getByLabelText("E-mail")).toHaveAccessibleDescription("");
  await user.click(button);
  expect(confirm).toHaveBeenCalledOnce();
});
