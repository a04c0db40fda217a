/** The permissions of a group, as words and as choices: nobody can give one that they don't have. */
import type { Group, Permission, PermissionInfo } from "$lib/api/types";
import { counted } from "$lib/format";
import { listed } from "$lib/text";

/** How much a group may do, for a list. */
export function powerWords(held: Permission[], all: PermissionInfo[]): string {
  if (held.length === 0) return "None";
  if (all.length > 0 && held.length >= all.length) return "All";
  if (held.length > 2) return `${held.length}${all.length ? ` of ${all.length}` : ""}`;
  return held.join(", ");
}

/** So many are named. */
const NAMED = 3;

/** Permissions in a sentence, by what they let one do: “Create projects” and “Log in as another user”. */
export function inWords(names: string[], all: PermissionInfo[]): string {
  const words = names.map((name) => `“${all.find((one) => one.name === name)?.description ?? name}”`);
  return listed(
    words.length > NAMED + 1 ? [...words.slice(0, NAMED), counted(words.length - NAMED, "more", "more")] : words,
  );
}

/** Whom a group's permissions reach, for a list; null: everybody, of which nothing need be said. */
export function reachWords({ limited_to }: Pick<Group, "limited_to">): string | null {
  if (limited_to === null) return null;
  if (limited_to.length === 0) return "Applies to nobody: choose its groups anew";
  return `Applies to users in ${limited_to.map(({ name }) => name).join(", ")}`;
}

/** Only what is about users can be limited to some of them. */
export const aboutUsers = (name: Permission) => name.startsWith("users.");

const READ: Permission = "users.read";

/** Whether something about users is given, but not to see them: their pages stay closed then. */
export const lacksReading = (held: Permission[]) => held.some(aboutUsers) && !held.includes(READ);

/** What is about users takes along that they are seen, where one may give that. */
export const withReading = (held: Permission[], mine: Permission[]): Permission[] =>
  lacksReading(held) && mine.includes(READ) ? [READ, ...held] : held;

const CHANGING: Permission[] = ["users.write", "users.delete", "users.impersonate", "users.import"];
/** Whether users can be changed with it, and not only looked at. */
export const changesUsers = (held: Permission[]) => held.some((one) => CHANGING.includes(one));

/** What gives power over others, as words after "could then". */
const POWER: Partial<Record<Permission, string>> = {
  "users.write": "change users",
  "users.delete": "delete users",
  "users.impersonate": "log in as others",
  "users.import": "import users",
  "groups.write": "change groups",
  "settings.write": "change the settings",
};

/** The power over others that a group gives to whoever comes into it, in a sentence; null: it gives none. */
export function powerGiven(group: Pick<Group, "name" | "built_in" | "permissions" | "limited_to">): string | null {
  if (isAdmin(group)) return "Each of them could then do everything here.";
  const given = (Object.keys(POWER) as Permission[]).filter((one) => group.permissions.includes(one));
  if (given.length === 0) return null;
  const words = `Each of them could then ${listed(given.map((one) => POWER[one]!))}.`;
  const reach = reachWords(group);
  return reach ? `${words} ${reach}.` : words;
}

/** Its name is fixed too, so it tells. */
const isAdmin = ({ built_in, name }: Pick<Group, "built_in" | "name">) => built_in && name === "Admin";

/** `limited`: the group reaches only some users; `held`: what it holds, so that it can be taken away. */
export function permissionOptions(
  all: PermissionInfo[],
  mine: Permission[],
  { fixed = false, limited = false, held = [] }: { fixed?: boolean; limited?: boolean; held?: Permission[] } = {},
) {
  return all.map(({ name, description }) => {
    const beyond = !mine.includes(name);
    const wider = limited && !aboutUsers(name);
    const along = name === READ && held.includes(READ) && held.some((one) => aboutUsers(one) && one !== READ);
    return {
      id: name,
      name: description,
      hint: along && !fixed ? `${name} – goes along with the others about users` : name,
      disabled: fixed || beyond || along || (wider && !held.includes(name)),
    };
  });
}

/** Why some of these can't be given, said once. */
export function withheldBecause(all: PermissionInfo[], mine: Permission[], limited: boolean): string | null {
  const lacking = all.some(({ name }) => !mine.includes(name));
  const wider = limited && all.some(({ name }) => mine.includes(name) && !aboutUsers(name));
  const why = [
    lacking && "You can give only what you have yourself.",
    wider && "With a limit, only what is about users can be given.",
  ];
  return why.filter(Boolean).join(" ") || null;
}

/** Why a session can't change a group; null when it can. */
export function fixedBecause(group: Group, mine: Permission[], writes: boolean): string | null {
  if (isAdmin(group)) return "Admin is fixed: whoever is in it can do everything, always.";
  if (!writes) return "You can look at this group but not change it.";
  const beyond = group.permissions.some((permission) => !mine.includes(permission));
  return beyond ? "This group has permissions that you don’t have, so you can look at it but not change it." : null;
}
