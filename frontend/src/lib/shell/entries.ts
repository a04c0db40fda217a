/** The navigation: what is in it, and which permission each entry needs. */
import type { Component } from "svelte";
import Activity from "@lucide/svelte/icons/activity";
import ChartColumn from "@lucide/svelte/icons/chart-column";
import FolderKanban from "@lucide/svelte/icons/folder-kanban";
import House from "@lucide/svelte/icons/house";
import Mail from "@lucide/svelte/icons/mail";
import Settings from "@lucide/svelte/icons/settings";
import Users from "@lucide/svelte/icons/users";
import Shield from "@lucide/svelte/icons/shield";
import type { Permission } from "../api/types";

export interface Entry {
  href: string;
  label: string;
  icon: Component;
  needs?: Permission;
}

export const ENTRIES: Entry[] = [
  { href: "/", label: "Home", icon: House },
  { href: "/overview", label: "Overview", icon: ChartColumn, needs: "users.read" },
  { href: "/users", label: "Users", icon: Users, needs: "users.read" },
  { href: "/projects", label: "Projects", icon: FolderKanban },
  { href: "/groups", label: "Groups", icon: Shield, needs: "users.read" },
  { href: "/activity", label: "Activity", icon: Activity, needs: "activity.read" },
  { href: "/mail", label: "Outbox", icon: Mail, needs: "mail.read" },
  { href: "/settings", label: "Settings", icon: Settings, needs: "settings.write" },
];

/** Whether a page is the entry's own or below it. */
export const isAt = (href: string, pathname: string) =>
  pathname === href || (href !== "/" && pathname.startsWith(`${href}/`));
