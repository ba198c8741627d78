// One row of the overview: its state, name, note and stages, and a checkbox to leave it out.

import { h, mark, put } from "./shared/dom.js";
import { icon, setState, stateBox, STATES } from "./shared/icons.js";
import { STAGE_NAMES } from "./rules.js";

/**
 * Fills an empty row; `toggle(item, checked)` and `fold(item)` are called for the item that the row
 * then shows.
 */
export function makeRow(row, toggle, fold) {
  const parts = {
    state: stateBox("idle"),
    name: h("bdi", { class: "name" }),
    note: h("bdi", { class: "note" }),
    stages: h("span", { class: "stages", role: "img" }),
    twist: h("span", { class: "twist", "aria-hidden": "true", onclick: (event) => { event.stopPropagation(); fold(row.item); } }, icon("down")),
    box: h("input", { type: "checkbox", tabindex: "-1" }),
  };
  parts.box.addEventListener("change", () => {
    // The box only changes when the runtime reports the new state.
    const { checked } = parts.box;
    parts.box.checked = !checked;
    toggle(row.item, checked);
  });
  row.append(
    h("span", { class: "cell main", role: "gridcell" }, parts.twist, parts.state, parts.name, parts.note, parts.stages),
    h("span", { class: "cell", role: "gridcell" }, parts.box),
  );
  row.parts = parts;
}

/** Makes a row show this. */
export function fillRow(row, { level, state, name, note = "", bad = false, box = null, group = false, folded = false, item = null, stages = [] }) {
  const { parts } = row;
  row.item = item;
  mark(row, "aria-level", level);
  mark(row, "aria-expanded", group ? String(!folded) : null);
  row.classList.toggle("group", group);
  row.classList.toggle("out", state === "out");
  parts.twist.hidden = !group;
  setState(parts.state, state);
  fillName(parts.name, name);
  put(parts.note, note);
  parts.note.classList.toggle("bad", bad);
  fillStages(parts.stages, stages);
  parts.box.hidden = !box;
  if (box) {
    parts.box.checked = box.checked;
    parts.box.indeterminate = box.mixed ?? false;
    parts.box.disabled = box.waits ?? false;
    mark(parts.box, "aria-label", `${box.label} ${name.slice(0, 100)}`);
  }
}

/** How many characters of the end of a long name are always shown: names often differ there. */
const END = 12;
const LONG = 24;

/** A name; a long one is cut off in its middle. */
function fillName(element, name) {
  if (element.textContent === name) return;
  mark(element, "title", name.length > LONG && name.length < 1000 ? name : null);
  const letters = name.length > LONG && name.length < 1000 ? [...name] : [];
  if (letters.length <= LONG) return void (element.textContent = name);
  element.replaceChildren(h("span", { class: "start" }, letters.slice(0, -END).join("")), h("span", { class: "end" }, letters.slice(-END).join("")));
}

/** A mark for each stage of an instance: its letter, and its state as colour and sign. */
function fillStages(element, stages) {
  const words = stages.map(({ stage, state }) => `${STAGE_NAMES[stage]}: ${STATES[state].word}`).join(", ");
  element.hidden = !stages.length;
  if (element.words === words) return;
  element.words = words;
  mark(element, "aria-label", words);
  mark(element, "title", words);
  element.replaceChildren(...stages.map(({ stage, state }) =>
    h("span", { class: "stage", "data-stage": stage, "data-state": state }, STAGE_NAMES[stage][0])));
}
