// Dark or light: the system's theme, until the user chooses. The choice is stored in this browser.

import { read, write } from "./settings.js";

const KEY = "theme";

/** The theme that the user chose, or null for the system's theme. */
export const chosen = () => read(KEY);

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Switches to the other theme, and stores it. */
export function toggle() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  write(KEY, theme);
}

if (chosen()) document.documentElement.dataset.theme = chosen();
