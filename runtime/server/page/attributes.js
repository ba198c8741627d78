// What users can set: the attributes that plug-ins declare, and which values they may have. The
// runtime checks the same; here it is said before anything is sent.

import { label } from "./shared/format.js";
import { familiesOf, matches } from "./rules.js";

/** Keys that decide which plug-ins run; the box in the list decides on `publish`. */
export const FIXED = new Set(["name", "family", "families", "publish"]);

/** The attributes of an instance. Where several plug-ins declare a key, the first is shown. */
export function ofInstance(store, instance) {
  const families = familiesOf(instance.data);
  const plugins = store.plugins.filter((plugin) => matches(plugin, families));
  return entries(plugins, "instance");
}

/** The settings of these plug-ins, whose values are in the data of the context. */
export function ofPlugins(plugins) {
  return entries(plugins, "plugin");
}

function entries(plugins, scope) {
  const found = new Map();
  for (const plugin of plugins) {
    for (const attribute of plugin.attributes ?? []) {
      if (attribute.scope !== scope || found.has(attribute.dataKey)) continue;
      found.set(attribute.dataKey, { attribute, group: attribute.group || label(plugin) });
    }
  }
  return [...found.values()];
}

/** The entries by their headings, in the order in which they come. */
export function grouped(entries) {
  const groups = new Map();
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry]);
  return groups;
}

/** What users call an attribute. */
export const titleOf = (attribute) => attribute.label || attribute.key;

/** What users call a choice. */
export const choiceText = ({ value, label: text }) => text || (typeof value === "string" ? value : JSON.stringify(value));

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Why the attribute cannot have this value, as a sentence; null if it can. */
export function wrongValue(attribute, value) {
  const { type, choices } = attribute;
  const isChoice = (one) => choices.some((choice) => same(choice.value, one));
  switch (type) {
    case "boolean":
      return typeof value === "boolean" ? null : "It must be on or off.";
    case "integer":
      return Number.isSafeInteger(value) ? outOfRange(attribute, value) : "Write a whole number.";
    case "number":
      return Number.isFinite(value) ? outOfRange(attribute, value) : "Write a number.";
    case "text":
      return typeof value === "string" ? null : "It must be a text.";
    case "texts":
      return Array.isArray(value) && value.every((one) => typeof one === "string") ? null : "It must be a list of texts.";
    case "choice":
      return isChoice(value) ? null : "Choose one of these.";
    case "choices":
      return Array.isArray(value) && value.every(isChoice) ? null : "Choose some of these.";
    default:
      return null;
  }
}

function outOfRange({ minimum, maximum }, value) {
  if (minimum !== null && value < minimum) return `Write at least ${minimum}.`;
  if (maximum !== null && value > maximum) return `Write at most ${maximum}.`;
  return null;
}

/** The range in words, or nothing. */
export function rangeText({ minimum, maximum }) {
  if (minimum !== null && maximum !== null) return `${minimum} to ${maximum}`;
  if (minimum !== null) return `${minimum} or more`;
  return maximum !== null ? `${maximum} or less` : "";
}
