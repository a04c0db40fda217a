import { render, screen } from "@testing-library/svelte";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, test, vi } from "vitest";
import type { User } from "../api/types";
import UserChooser from "./UserChooser.svelte";

const people = ["Ada Lovelace", "Adam Smith", "Adele"].map((name, at) => ({
  id: `u${at}`,
  name,
  email: `${at}@x.example`,
}));
const listUsers = vi.hoisted(() => vi.fn());
vi.mock("../api/users", () => ({ listUsers }));

beforeEach(() => {
  listUsers.mockReset().mockImplementation(async () => ({ items: people as User[], total: 3, page: 1, per_page: 8 }));
});

test("typing offers users, the arrows walk, Enter chooses and empties the box", async () => {
  const user = userEvent.setup();
  const choose = vi.fn();
  render(UserChooser, { label: "User", choose });
  const box = screen.getByRole("combobox", { name: "User" });
  await user.type(box, "ad");
  expect(await screen.findAllByRole("option")).toHaveLength(3);
  expect(listUsers).toHaveBeenLastCalledWith(expect.objectContaining({ q: "ad" }), expect.anything());
  await user.keyboard("{ArrowDown}");
  expect(screen.getByRole("option", { selected: true })).toHaveTextContent("Adam Smith");
  await user.keyboard("{Enter}");
  expect(choose).toHaveBeenCalledWith(people[1]);
  expect(box).toHaveValue("");
  expect(screen.queryByRole("option")).toBeNull();
});

test("who is chosen already is not offered again", async () => {
  const user = userEvent.setup();
  render(UserChooser, { label: "User", without: ["u0", "u1"], choose: vi.fn() });
  await user.type(screen.getByRole("combobox"), "ad");
  expect((await screen.findAllByRole("option")).map((one) => one.textContent)).toEqual([
    expect.stringContaining("Adele"),
  ]);
});

test("nobody found is said, and Esc closes without choosing", async () => {
  const user = userEvent.setup();
  const choose = vi.fn();
  listUsers.mockImplementation(async () => ({ items: [], total: 0, page: 1, per_page: 8 }));
  render(UserChooser, { label: "User", choose });
  await user.type(screen.getByRole("combobox"), "zz");
  expect(await screen.findByText("Nobody matches “zz”.")).toBeInTheDocument();
  await user.keyboard("{Enter}{Escape}");
  expect(screen.queryByText("Nobody matches “zz”.")).toBeNull();
  expect(choose).not.toHaveBeenCalled();
});
