import { mount } from "svelte";
import App from "./App.svelte";
import { unreachable, wordsFor } from "$lib/api/problem";
import { session } from "$lib/session.svelte";
import { applyTheme, remember, remembered } from "$lib/theme";
import { toasts } from "$lib/toasts.svelte";
import "./styles/base.css";
import "./styles/tokens.css";
import "./styles/controls.css";

applyTheme();
void session.boot();

// After an upgrade the old page asks for files that are gone: the new page has them. Once, lest it loop;
// and not while the portal is down, for then a reload would lose the page that is here.
const RELOADED = "rollcall.reloaded";
async function reload() {
  const lately = Date.now() - Number(remembered(RELOADED)) < 30_000;
  const answers = fetch(location.href, { cache: "no-store" }).then(
    ({ ok }) => ok,
    () => false,
  );
  if (lately || !(await answers)) return toasts.problem(wordsFor(unreachable()));
  remember(RELOADED, String(Date.now()));
  location.reload();
}
addEventListener("vite:preloadError", () => void reload());

mount(App, { target: document.getElementById("app")! });
