// The keys of the page, and the window that lists them and has the settings.

import { h, button } from "./shared/dom.js";
import { settingsFields } from "./settings.js";

/**
 * The shortcuts of the buttons, by the key's place: with Alt, some systems type another letter. They
 * also work while the user types.
 */
const SHORTCUTS = { KeyR: "reset", KeyV: "validate", KeyP: "publish", KeyS: "stop", KeyC: "goOn", KeyN: "next" };

/** What a key press asks for; undefined if it is no shortcut. */
export function shortcut(event) {
  return event.altKey && !event.ctrlKey && !event.metaKey && !event.shiftKey ? SHORTCUTS[event.code] : undefined;
}

const LIST = [
  ["Alt+R", "Reset"],
  ["Alt+V", "Validate"],
  ["Alt+P", "Publish"],
  ["Alt+S", "Stop"],
  ["Alt+C", "Continue"],
  ["Alt+N", "next problem"],
  ["/", "search"],
  ["Arrows, Home, End", "move in a list"],
  ["Space", "include or leave out"],
  ["Enter", "details; open and close a group"],
  ["Left, Right", "close and open a group"],
  ["1 to 7", "Overview, Problems, Details, Log, Timeline, History, Jobs"],
  ["Tab", "to the next list or button"],
  ["Escape", "leave the search; close a window"],
  ["Ctrl+Enter", "save the edited value"],
  ["?", "this list"],
];

export function keysWindow() {
  const close = () => dialog.close();
  const dialog = h("dialog", { "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", {}, LIST.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    h("h2", {}, "Settings"), settingsFields(),
    button("Close", close));
  return dialog;
}
