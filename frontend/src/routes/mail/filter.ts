/** Which mails are listed, as it stands in the address. */
import { readAddress, writeAddress, type AddressState } from "$lib/address";

export const STATES = [
  { value: "", label: "All" },
  { value: "queued", label: "Queued" },
  { value: "sent", label: "Sent" },
  { value: "failed", label: "Failed" },
  { value: "cancelled", label: "Cancelled" },
] as const;

export interface Filter extends AddressState {
  state: (typeof STATES)[number]["value"];
  page: string;
}

export const ALL: Filter = { state: "", page: "1" };
export const PER_PAGE = 50;

export function parseFilter(search: string): Filter {
  const read = readAddress(search, ALL);
  return STATES.some(({ value }) => value === read.state) ? read : { ...read, state: "" };
}

export const formatFilter = (filter: Filter) => writeAddress(filter, ALL);
