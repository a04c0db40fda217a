/** Those who play in the stories. */
export interface Person {
  name: string;
  email: string;
  password: string;
}

/** Good enough for every check; nobody's name or address is in it. */
const PASSWORD = "harbour-lantern-orchid-47";
export const OTHER_PASSWORD = "velvet-compass-thunder-81";

const person = (name: string, email: string): Person => ({ name, email, password: PASSWORD });

export const ADA = person("Ada Lovelace", "ada@rollcall.test");
export const GRACE = person("Grace Hopper", "grace@rollcall.test");
export const CARL = person("Carl Customer", "carl@customer.test");
export const VERA = person("Vera Vendor", "vera@vendor.test");
export const SAM = person("Sam Stranger", "sam@elsewhere.test");
