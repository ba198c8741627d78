// One problem as a card: first the message for the artist, the instances and the buttons, then the
// details for the author of the plug-in.

import { h, button, name } from "./shared/dom.js";
import { count, counted, cut, label, moment } from "./shared/format.js";
import { icon, stateBox } from "./shared/icons.js";
import { actionButtons } from "./action-buttons.js";
import { cardText } from "./card-text.js";
import { labelsOf, warningOf } from "./cards.js";
import { copyable, copyButton } from "./shared/copy.js";
import { isCrash } from "./shared/crash.js";
import { shortMarkdown } from "./shared/markdown.js";
import { leftOut, offeredActions } from "./rules.js";
import { recordList } from "./shared/record-list.js";
import { selectButton } from "./select-button.js";

/** How many instances on a card are shown at first, and at most. */
const INSTANCES = 12;
const MOST_INSTANCES = 200;
const MOST_MESSAGE = 4000;

/** Whether a plug-in says that its repair cannot mend this: only the user can, by hand. */
const isByHand = (text) => /\bby hand\b/i.test(text) && !/\brepair/i.test(text);

export const first = (card) => card.results[0];

/** The title of a card. */
export function titleOf(card, store) {
  const { error, plugin: named } = first(card);
  const plugin = store.plugin(card.pluginId);
  const who = plugin ? label(plugin) : named;
  if (!error) return `Warning from ${who}`;
  if (isCrash(error)) return `${who} broke down`;
  return error.title || `${who} failed`;
}

const messageOf = ({ error, ...result }) => (error ? error.message : warningOf(result)?.message ?? "");

/** What the content of a card depends on; while it is the same, its element is kept. */
export function signature(card, store, said) {
  const plugin = store.plugin(card.pluginId);
  const actions = plugin ? offeredActions(plugin, store.marks.offering(plugin.id)).map((action) => action.id) : [];
  const results = card.results.slice(0, MOST_INSTANCES).map((result) => [result.instanceId, result.started, result.repair?.message]);
  return JSON.stringify([card.results.length, results, store.busy, store.down, store.run?.id, actions, said]);
}

/** Whether the page offers to repair a failure. */
function isRepairable(result, plugin) {
  const { error, instanceId } = result;
  if (!error || !(instanceId === null ? plugin.repairs.context : plugin.repairs.instance)) return false;
  return !isByHand(`${error.message}\n${error.detail ?? ""}`);
}

/** The element. `said` is what came of the last button; `acts` has what the buttons do. */
export function cardElement(card, { store, commands, select, said, acts, opened }) {
  const plugin = store.plugin(card.pluginId);
  const { error } = first(card);
  const title = titleOf(card, store);
  const crashed = error && isCrash(error);
  return h("article", { class: `card ${error ? "failed" : "warned"}${crashed ? " crashed" : ""}` },
    h("header", {}, stateBox(crashed ? "crashed" : error ? "failed" : "warned"), h("h3", { tabindex: "-1" }, name(cut(title, 300)))),
    crashed && h("p", {}, "This is a mistake in the plug-in, not in your work. Copy the report for whoever looks after it."),
    shortMarkdown(`${crashed ? `${error.kind}: ` : ""}${messageOf(first(card))}`, MOST_MESSAGE, { class: "message" }),
    about(card, plugin, store, select),
    failedRepairs(card, store),
    said && h("p", { class: "said-here" }, said),
    h("div", { class: "buttons" }, buttons(card, plugin, { store, commands, acts, title })),
    details(card, opened),
  );
}

/** A button for an instance, with what tells it from others of its name. */
export function instanceChip(id, { name: text, apart }, select) {
  return h("button", { type: "button", class: "chip", onclick: () => select("instance", id) }, name(cut(text, 200)), apart && name(cut(apart, 200), { class: "apart" }));
}

/** The instances with this problem, and the plug-in that found it. */
function about(card, plugin, store, select) {
  const ids = card.results.map((result) => result.instanceId).filter((id) => id !== null);
  const labels = labelsOf(ids.slice(0, MOST_INSTANCES), store);
  const links = ids.slice(0, MOST_INSTANCES).map((id) => instanceChip(id, labels.get(id), select));
  const list = h("div", { class: "about" }, links.slice(0, INSTANCES));
  if (ids.length > INSTANCES) {
    const rest = ids.length > MOST_INSTANCES ? [h("span", { class: "muted" }, `and ${counted(ids.length - MOST_INSTANCES, "more", "more")}`)] : [];
    const more = button(`and ${count(ids.length - INSTANCES)} more`, () => more.replaceWith(...links.slice(INSTANCES), ...rest), { class: "chip quiet" });
    list.append(more);
  }
  if (card.results.some((result) => result.instanceId === null)) list.append(h("button", { type: "button", class: "chip", onclick: () => select("context", null) }, "Context"));
  list.append(h("span", { class: "muted" }, "found by ", h("button", { type: "button", class: "link", onclick: () => plugin && select("plugin", plugin.id) }, name(cut(plugin ? label(plugin) : first(card).plugin, 200)))));
  return list;
}

/** Where the repair was tried and failed, and why. */
function failedRepairs(card, store) {
  const failed = card.results.filter((result) => result.repair || result.mode === "repair");
  if (!failed.length) return null;
  const shown = failed.slice(0, INSTANCES);
  const labels = labelsOf(shown.map((result) => result.instanceId).filter((id) => id !== null), store);
  return h("ul", { class: "repairs" }, shown.map((result) => h("li", {},
    stateBox("failed"), h("span", {}, "The repair", result.instanceId !== null && [" of ", name(labels.get(result.instanceId).name)], " failed: ", name(cut((result.repair ?? result.error).message, 1000))))),
    failed.length > shown.length && h("li", { class: "muted" }, `and ${count(failed.length - shown.length)} more`));
}

function buttons(card, plugin, { store, commands, acts, title }) {
  const found = [];
  const { run } = store;
  if (plugin) {
    const off = store.busy || store.down;
    const targets = card.results.map((result) => result.instanceId);
    const repairable = card.results.filter((result) => isRepairable(result, plugin)).map((result) => result.instanceId);
    if (repairable.length) {
      const words = repairable.length > 1 ? `Repair all ${count(repairable.length)}` : "Repair";
      found.push(button(words, () => acts.repair(card, plugin, repairable), { class: "primary", disabled: off }, icon("wrench")));
    }
    const isWhole = first(card).error && coversFailures(targets, store.marks.of(plugin.id).failed);
    found.push(...actionButtons(plugin, store, commands, (action) => (isWhole && action.on === "failed" ? [null] : targets)));
    const instances = targets.map((id) => store.instances.get(id)).filter((instance) => instance && !leftOut(instance));
    found.push(selectButton(instances.map(({ id }) => id), store, commands));
    if (first(card).error && instances.length) {
      const words = instances.length > 1 ? `Leave out all ${count(instances.length)}` : "Leave it out";
      found.push(button(words, () => acts.leaveOut(card, instances), { class: "quiet", disabled: store.down }, icon("minus")));
    }
  }
  found.push(copyButton("Copy report", () => cardText(card, store, title)));
  if (run && !store.running) {
    const file = `${store.id}-${run.id}.html`.replace(/[^\w.-]+/g, "-");
    found.push(h("a", { class: "button quiet", href: store.api.reportAddress(run.id, "html"), download: file }, icon("download"), "Save report"));
  }
  return found.filter(Boolean);
}

/**
 * Whether these are all that the plug-in failed on, and more than one. Then an action for failures
 * runs once, without an instance, as in Pyblish: the plug-in knows on what it failed.
 */
function coversFailures(targets, failed) {
  return targets.length > 1 && targets.length === failed.size && targets.every((id) => failed.has(id ?? ""));
}

/** The details for the author of the plug-in. */
function details(card, opened) {
  const result = first(card);
  const { error, records } = result;
  const location = error?.location;
  const parts = () => [
    card.results.length > 1 && h("p", { class: "muted" }, `From the first of ${count(card.results.length)}:`),
    error?.detail && shortMarkdown(error.detail, 20_000, { class: "detail" }),
    location && h("p", {}, "At ", h("code", {}, cut(`${location.file}:${location.line}`, 1000)), location.function && [" in ", h("code", {}, cut(location.function, 300))]),
    error?.traceback && copyable(cut(error.traceback, 20_000), "Copy traceback"),
    h("p", { class: "muted" }, `${error ? `${cut(error.kind, 100)}, ` : ""}${moment(result.started)}`),
    records.length > 0 && recordList(records),
  ];
  const words = records.length ? `Details and ${counted(records.length, "record")}` : "Details";
  const element = h("details", { open: opened }, h("summary", {}, words));
  const fill = () => element.open && element.children.length === 1 && element.append(...parts().filter(Boolean));
  element.addEventListener("toggle", fill);
  fill();
  return element;
}
