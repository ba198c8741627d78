// Dark or light: the system's theme, until the user chooses. The choice is stored in this browser.

const KEY = "pyblish-theme";

/** The theme that the user chose, or null for the system's theme. */
export function chosen() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser without storage still shows the page.
  }
}

/** Whether the page is dark now. */
export function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme ? theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Switches to the other theme, and stores it. */
export function toggle() {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice is lost when the page is closed.
  }
}

if (chosen()) document.documentElement.dataset.theme = chosen();
