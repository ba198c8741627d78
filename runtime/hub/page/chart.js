// Small charts: a bar for each week. They are pictures with a text for screen readers; views show the
// numbers beside them.

import { h } from "./shared/dom.js";

const SVG = "http://www.w3.org/2000/svg";

/** The height of a chart in units, and the width of a bar with the room behind it. */
const [HEIGHT, STEP, BAR] = [40, 10, 8];

function element(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/**
 * Bars of these values, each `{value, words}`; null where there is nothing to show. `kind` is a class
 * for their colour.
 */
export function bars(values, { label, kind }) {
  const most = Math.max(...values.map((one) => one?.value ?? 0), 0);
  const width = Math.max(values.length, 1) * STEP;
  const svg = element("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": label, class: `chart ${kind}` });
  svg.append(element("rect", { x: 0, y: HEIGHT - 1, width, height: 1, class: "ground" }));
  for (const [index, one] of values.entries()) {
    if (!one) continue;
    const height = most > 0 ? Math.max(one.value > 0 ? 2 : 0, (one.value / most) * (HEIGHT - 2)) : 0;
    const bar = element("rect", { x: index * STEP + (STEP - BAR) / 2, y: HEIGHT - 1 - height, width: BAR, height });
    const title = element("title", {});
    title.textContent = one.words;
    bar.append(title);
    svg.append(bar);
  }
  return svg;
}

/** Seconds. */
const WEEK = 7 * 86_400;

/** The weeks of some days up to today, the oldest first: what is known of each, or null. */
export function weeksOf(weeks, days) {
  const found = new Array(Math.ceil(days / 7)).fill(null);
  const tomorrow = Math.floor(Date.now() / 86_400_000) * 86_400 + 86_400;
  const begin = tomorrow - found.length * WEEK;
  for (const week of weeks) {
    const index = Math.round((week.from - begin) / WEEK);
    if (index >= 0 && index < found.length) found[index] = week;
  }
  return found;
}

/** A day, as people write it here. */
export const day = (seconds) => new Date(seconds * 1000).toLocaleDateString([], { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

/** A legend for a chart: what it shows, and its highest value. */
export const caption = (what, most) => h("figcaption", { class: "muted" }, `${what}, at most ${most}`);
