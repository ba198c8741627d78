// A bar between two columns, which is dragged or moved with the arrow keys. The width is stored in
// this browser.

import { h, mark } from "./shared/dom.js";
import { read, write } from "./shared/storage.js";

/** How far an arrow key moves it, in percent. */
const STEP = 2;

/**
 * A bar that sets the variable `--NAME` of `owner` to a share of its width, from 0 to 100, and its
 * class `has-NAME`. Until it is moved, the style sheet decides. A double click gives the width back
 * to the style sheet.
 */
export function splitter({ owner, name, label, from = 10, to = 90 }) {
  const bar = h("div", { class: "splitter", role: "separator", tabindex: "0", "aria-orientation": "vertical", "aria-label": label, "aria-valuemin": from, "aria-valuemax": to, title: "Drag to make the column wider or narrower; a double click resets it" });
  const variable = `--${name}`;
  const set = (percent) => {
    const value = Math.min(to, Math.max(from, percent));
    owner.style.setProperty(variable, value.toFixed(1));
    owner.classList.add(`has-${name}`);
    mark(bar, "aria-valuenow", Math.round(value));
    write(`width-${name}`, String(value));
  };
  /** Where the bar is, in percent of the owner's width. */
  const now = () => {
    const [outer, inner] = [owner.getBoundingClientRect(), bar.getBoundingClientRect()];
    return outer.width ? ((inner.left + inner.width / 2 - outer.left) / outer.width) * 100 : 50;
  };
  const forget = () => {
    owner.style.removeProperty(variable);
    owner.classList.remove(`has-${name}`);
    write(`width-${name}`, "");
    mark(bar, "aria-valuenow", Math.round(now()));
  };
  const stored = Number.parseFloat(read(`width-${name}`) ?? "");
  mark(bar, "aria-valuenow", 50);
  if (Number.isFinite(stored)) set(stored);
  bar.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    bar.setPointerCapture(event.pointerId);
    const move = (moved) => {
      const box = owner.getBoundingClientRect();
      set(((moved.clientX - box.left) / box.width) * 100);
    };
    const end = () => {
      bar.removeEventListener("pointermove", move);
      bar.classList.remove("moving");
    };
    bar.classList.add("moving");
    bar.addEventListener("pointermove", move);
    bar.addEventListener("pointerup", end, { once: true });
    bar.addEventListener("pointercancel", end, { once: true });
  });
  bar.addEventListener("dblclick", forget);
  bar.addEventListener("keydown", (event) => {
    const change = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
    if (change !== undefined) set(now() + change);
    else if (event.key === "Home") set(from);
    else if (event.key === "End") set(to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  return bar;
}
