/** What is typed about a person, on the form for a new user and on a user's page. */
import type { User } from "$lib/api/types";

export interface Person {
  name: string;
  email: string;
  company: string;
  phone: string;
  notes: string;
}

export const NOBODY: Person = { name: "", email: "", company: "", phone: "", notes: "" };

export const personOf = (user: User): Person => ({
  name: user.name,
  email: user.email,
  company: user.company ?? "",
  phone: user.phone ?? "",
  notes: user.notes ?? "",
});

/** The optional fields that hold something, as a creation sends them. */
export function filled(person: Person) {
  const { name, email, ...optional } = person;
  const kept = Object.entries(optional).filter(([, value]) => value.trim() !== "");
  return { name: name.trim(), email: email.trim(), ...Object.fromEntries(kept) };
}
