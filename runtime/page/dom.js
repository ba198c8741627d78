// How elements are made: from tags, attributes and texts. What a host says is only ever a text here, never markup.

const PROPERTIES = new Set(["value", "checked", "disabled", "hidden", "indeterminate", "open", "selected"]);

/** An element with attributes, properties, listeners (`onclick`) and children; null and false are left out. */
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

/** A name in the host's words: isolated, so that marks of direction in it turn nothing around it. */
export function name(text, attributes = {}) {
  return h("bdi", attributes, String(text ?? ""));
}

/** Sets a text where it differs: an untouched row costs the browser nothing. */
export function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute where it differs; null takes it away. */
export function mark(element, attribute, value) {
  if (value === null || value === undefined || value === false) {
    if (element.hasAttribute(attribute)) element.removeAttribute(attribute);
  } else if (element.getAttribute(attribute) !== String(value)) {
    element.setAttribute(attribute, String(value));
  }
}

/** A text that is only for who listens to the page. */
export function unseen(text) {
  return h("span", { class: "unseen" }, text);
}

/** A button with an icon and words. */
export function button(label, onclick, attributes = {}, ...before) {
  return h("button", { type: "button", onclick, ...attributes }, ...before, h("span", {}, label));
}
