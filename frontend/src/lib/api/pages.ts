import type { List } from "./types";

/** Reads a list whole, for choosers: groups and projects are few, users never are. */
export async function everyPage<T>(read: (page: number) => Promise<List<T>>): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; ; page++) {
    const list = await read(page);
    items.push(...list.items);
    if (items.length >= list.total || list.items.length === 0) return items;
  }
}
