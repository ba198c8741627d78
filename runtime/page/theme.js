// Dark or light: as the system has it, until the user chooses. The choice is kept in this browser.

const KEY = "pyblish-theme";

/** The theme that the user chose, or null for the system's. */
export function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser that keeps nothing still shows the page.
  }
}

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Changes to the other theme, and remembers it. */
export function toggle() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // It holds until the page is closed.
  }
}

if (chosen()) document.documentElement.dataset.theme = chosen();
