import { mount } from "svelte";
import App from "./App.svelte";
import { session } from "$lib/session.svelte";
import { applyTheme } from "$lib/theme";
import "./styles/base.css";
import "./styles/tokens.css";
import "./styles/controls.css";

applyTheme();
void session.boot();

// After an upgrade the old page asks for files that are gone: the new page has them.
addEventListener("vite:preloadError", () => location.reload());

mount(App, { target: document.getElementById("app")! });
