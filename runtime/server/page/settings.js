// The settings of the page. They are stored in this browser; the site has the defaults.

import { defaults } from "./api.js";
import { h } from "./dom.js";

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

/** What the site has configured. */
let site = { collectsAtOpening: true };

/** Reads what the site has configured. */
export async function readDefaults() {
  try {
    site = await defaults();
    box.checked = collectsAtOpening();
  } catch {
    // The connection's own message says what is wrong.
  }
}

/** Whether the page collects when it opens on a session that has collected nothing. */
export const collectsAtOpening = () => (read("collect") ?? (site.collectsAtOpening ? "on" : "off")) !== "off";

const box = h("input", { type: "checkbox", checked: collectsAtOpening(), onchange: () => write("collect", box.checked ? "on" : "off") });

/** The fields of the settings. */
export function settingsFields() {
  return h("label", { class: "setting" }, box, "Collect when the page opens and nothing was collected yet");
}
