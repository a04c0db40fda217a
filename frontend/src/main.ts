import { mount } from "svelte";
import App from "./App.svelte";
import { session } from "$lib/session.svelte";
import { applyTheme, remember, remembered } from "$lib/theme";
import "./styles/base.css";
import "./styles/tokens.css";
import "./styles/controls.css";

applyTheme();
void session.boot();

// After an upgrade the old page asks for files that are gone: the new page has them. Once, lest it loop.
const RELOADED = "rollcall.reloaded";
addEventListener("vite:preloadError", () => {
  if (Date.now() - Number(remembered(RELOADED)) < 30_000) return;
  remember(RELOADED, String(Date.now()));
  location.reload();
});

mount(App, { target: document.getElementById("app")! });
