/** A list's state as it stands in the address: reload, back and a pasted link restore it. */

export type AddressState = Record<string, string> & { page: string };

/** Reads an address, whatever it holds. What is as usual need not be in it, what is unknown is left out. */
export function readAddress<T extends AddressState>(search: string, usual: T): T {
  const params = new URLSearchParams(search);
  const read = Object.keys(usual).map((key) => [key, params.get(key) ?? usual[key]]);
  const state = Object.fromEntries(read) as T;
  return { ...state, page: /^[1-9]\d{0,8}$/.test(state.page) ? state.page : "1" };
}

/** The address of a state; what is as usual is not in it. */
export function writeAddress<T extends AddressState>(state: T, usual: T): string {
  const params = new URLSearchParams();
  for (const [key, value] of Object.entries(state)) if (value !== usual[key]) params.set(key, value);
  const search = params.toString();
  return search && `?${search}`;
}
