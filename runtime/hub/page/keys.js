// The window that lists the keys of the page.

import { h, button } from "./shared/dom.js";

const LIST = [
  ["1 to 6", "Runs, Now, Versions, Plug-ins, Machines, Access"],
  ["/", "search"],
  ["Arrows, Home, End", "move in a list"],
  ["Enter", "open what is selected"],
  ["Escape", "leave the search; close a window; back to the list"],
  ["Tab", "to the next list or button"],
  ["?", "this list"],
];

export function keysWindow() {
  const dialog = h("dialog", { "aria-labelledby": "keys-title" },
    h("h2", { id: "keys-title" }, "Keys"),
    h("dl", {}, LIST.map(([key, what]) => [h("dt", {}, h("kbd", {}, key)), h("dd", {}, what)])),
    button("Close", () => dialog.close()));
  return dialog;
}
