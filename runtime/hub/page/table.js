// Tables of things, and what is said where there is none.

import { h } from "./shared/dom.js";

/**
 * A table with these columns, each `{label, isNumber, cell(item)}`. The first column names the row.
 */
export function table(label, columns, items) {
  const of = ({ isNumber, kind }) => [isNumber && "number", kind].filter(Boolean).join(" ");
  const heads = columns.map((column) => h("th", { scope: "col", class: of(column) }, column.label));
  const rows = items.map((item) => h("tr", {}, columns.map((column, index) =>
    h(index ? "td" : "th", { scope: index ? null : "row", class: of(column) }, column.cell(item)))));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label },
    h("table", {}, h("thead", {}, h("tr", {}, heads)), h("tbody", {}, rows)));
}

export const nothing = (words) => h("p", { class: "muted empty" }, words);
