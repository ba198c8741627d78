// Copies a text to the clipboard, and says so.

import { button, h, put } from "./dom.js";
import { icon } from "./icons.js";

/** Whether the text is now in the clipboard. */
export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

/** The older way, for a page that did not come over a safe connection. */
function copySelected(text) {
  const area = h("textarea", { class: "unseen", "aria-hidden": "true", tabindex: "-1", value: text });
  const focused = document.activeElement;
  (focused?.closest("dialog") ?? document.body).append(area);
  area.select();
  let isCopied = false;
  try {
    isCopied = document.execCommand("copy");
  } catch {
    // The browser does not allow it.
  }
  area.remove();
  focused?.focus();
  return isCopied;
}

/** A button that copies what `text()` answers. */
export function copyButton(label, text, attributes = {}) {
  const said = h("span", { class: "copied muted", role: "status" });
  const copy = async () => {
    put(said, (await copyText(text())) ? "Copied" : "The browser does not allow that: select the text and copy it.");
  };
  return h("span", { class: "copy" }, button(label, copy, { class: "quiet", ...attributes }, icon("copy")), said);
}

/** A traceback or another long text, with a button that copies it. */
export function copyable(text, label = "Copy") {
  return h("div", { class: "copyable" }, copyButton(label, () => text), h("pre", { dir: "ltr", tabindex: "0" }, text));
}
