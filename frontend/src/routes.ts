/** The one table of routes. A page is a file in routes/<noun>/; what few people open is loaded when asked for. */
import { createRouter } from "sv-router";
import Frame from "$lib/shell/Frame.svelte";
import NotFound from "$lib/shell/NotFound.svelte";
import Home from "./routes/home/Home.svelte";
import Users from "./routes/users/Users.svelte";

export const { p, navigate, route, isActive } = createRouter({
  layout: Frame,
  "/": Home,
  "/sign-up": () => import("./routes/session/SignUp.svelte"),
  "/forgot": () => import("./routes/session/Forgot.svelte"),
  "/link": () => import("./routes/session/Link.svelte"),
  "/setup": () => import("./routes/session/Setup.svelte"),
  "/users": Users,
  "/users/new": () => import("./routes/users/New.svelte"),
  "/users/import": () => import("./routes/users/Import.svelte"),
  "/users/:id": () => import("./routes/users/User.svelte"),
  "/projects": () => import("./routes/projects/Projects.svelte"),
  "/projects/:id": () => import("./routes/projects/Project.svelte"),
  "/groups": () => import("./routes/groups/Groups.svelte"),
  "/groups/:id": () => import("./routes/groups/Group.svelte"),
  "/overview": () => import("./routes/overview/Overview.svelte"),
  "/activity": () => import("./routes/activity/ActivityPage.svelte"),
  "/mail": () => import("./routes/mail/Outbox.svelte"),
  "/settings": () => import("./routes/settings/SettingsPage.svelte"),
  "/me": () => import("./routes/me/Me.svelte"),
  "*": NotFound,
});

/** The pages that are for everyone; all others ask to sign in first. */
export const PUBLIC = ["/sign-up", "/forgot", "/link", "/setup"];
