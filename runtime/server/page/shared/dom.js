// Creates elements from tags, attributes and texts. Text from a host is always shown as text, never
// as markup.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open", "selected"]);

/**
 * An element with attributes, properties, listeners (`onclick`) and children; null and false are
 * left out.
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false && !PROPERTIES.has(name)) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (PROPERTIES.has(name)) element[name] = value;
  else element.setAttribute(name, value === true ? "" : value);
}

/**
 * A name from the host: isolated, so that direction marks in it do not affect the text around it.
 */
export function name(text, attributes = {}) {
  return h("bdi", attributes, String(text ?? ""));
}

/** Sets a text only if it differs, so that an unchanged row costs the browser nothing. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute only if it differs; null removes it. */
export function mark(element, attribute, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(attribute)) element.removeAttribute(attribute);
  } else if (element.getAttribute(attribute) !== String(value)) {
    element.setAttribute(attribute, String(value));
  }
}

/** A text only for screen readers. */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}

/** A button with an icon and a text. */
export function button(label, onclick, attributes = {}, ...before) {
  return h("button", { type: "button", onclick, ...attributes }, ...before, h("span", {}, label));
}
