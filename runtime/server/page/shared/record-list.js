// The log records of one result, as a short list.

import { h } from "./dom.js";
import { counted, cut, level, levelClass } from "./format.js";

const MOST_LISTED = 200;

/** The records of one result. */
export function recordList(records) {
  const shown = records.slice(0, MOST_LISTED).map((record) => h("li", { class: levelClass(record.level) },
    h("span", { class: "level" }, level(record.level)),
    h("span", { class: "said", dir: "auto" }, cut(record.message, 2000))));
  if (records.length > MOST_LISTED) shown.push(h("li", { class: "muted" }, `and ${counted(records.length - MOST_LISTED, "more", "more")}`));
  return h("ul", { class: "records" }, shown);
}
