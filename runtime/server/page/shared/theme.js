// Dark or light: the system's theme, until the user chooses. The choice is stored in this browser.
// The style sheet knows the theme by the attribute `data-theme`.

import { read, write } from "./storage.js";

const KEY = "theme";
const system = matchMedia("(prefers-color-scheme: light)");

/** The theme that the user chose, or null for the system's theme. */
export const chosen = () => read(KEY);

function show() {
  document.documentElement.dataset.theme = chosen() ?? (system.matches ? "light" : "dark");
}

/** Whether the page is dark now. */
export function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

/** Switches to the other theme, and stores it. */
export function toggle() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  write(KEY, theme);
}

system.addEventListener("change", show);
show();
