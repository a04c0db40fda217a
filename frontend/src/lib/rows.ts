/** The rows of a table and the focus: one enters a row by its first link or button. */

const ENTRY = ":is(th a, th button)";
const ENTRIES = `tbody tr ${ENTRY}`;

export const rowOf = (element: Element | null | undefined) => element?.closest<HTMLElement>("tbody tr");

const rowBy = (table: Element, key: string) => table.querySelector(`tbody tr[data-key="${CSS.escape(key)}"]`);

/** Into a row, if it is there, else into the first one. */
export const entryOf = (within: Element | null | undefined, key = "") =>
  (key && within && rowBy(within, key)?.querySelector<HTMLElement>(ENTRY)) ||
  within?.querySelector<HTMLElement>(ENTRIES);

/** The arrows walk from row to row. */
export function walk(table: Element, event: KeyboardEvent): void {
  const links = [...table.querySelectorAll<HTMLElement>(ENTRIES)];
  const at = links.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
  if (to === undefined || event.metaKey || event.ctrlKey || event.altKey) return;
  event.preventDefault();
  links[to]?.focus();
}

/** The focus goes where the row went that had it, and is lost with it. */
export function follow(table: Element, held: HTMLElement, key: string): void {
  if (held !== document.activeElement || rowOf(held)?.dataset.key === key) return;
  const place = held.closest("th, td")?.matches(".pick") ? "input" : ENTRY;
  const same = rowBy(table, key)?.querySelector<HTMLElement>(place);
  if (same) same.focus();
  else held.blur();
}
