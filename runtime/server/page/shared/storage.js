// Texts that this browser keeps: settings, and what is not sent yet.

const PREFIX = "pyblish-";

/** A stored text, or null. */
export function read(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null; // A browser without storage still shows the page.
  }
}

/** Stores a text. */
export function write(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // The choice is lost when the page is closed.
  }
}

/** A text that is not sent yet: this tab keeps it, also when it is reloaded. */
export const draft = {
  read(key) {
    try {
      return sessionStorage.getItem(PREFIX + key) ?? "";
    } catch {
      return "";
    }
  },
  write(key, text) {
    try {
      sessionStorage.setItem(PREFIX + key, text);
    } catch {
      // The text is lost when the page is closed.
    }
  },
};
