// The settings of the page. They are stored in this browser; the site has the defaults.

import { defaults } from "./api.js";
import { h } from "./shared/dom.js";
import { read, write } from "./shared/storage.js";

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
