// Keeps the focus where elements are made anew while somebody works with them.

/** What can have the focus. */
const FOCUSABLE = "button, input, select, textarea, [tabindex]";

/**
 * Draws the content of `root` anew, and gives the focus to the element that stands for the one that
 * had it: the same field, even if buttons before it came or went. In a text field, what was selected
 * stays selected, so that the next key replaces it.
 */
export function keepFocus(root, draw) {
  const kept = root.contains(document.activeElement) ? document.activeElement : null;
  const before = kept && [...root.querySelectorAll(FOCUSABLE)];
  draw();
  if (!kept || kept.isConnected) return;
  const after = [...root.querySelectorAll(FOCUSABLE)];
  const alike = (all) => all.filter((element) => nameOf(element) === nameOf(kept));
  const found = alike(after)[alike(before).indexOf(kept)];
  // A button that is gone leaves the focus near its place: keyboards would start at the top otherwise.
  const next = found ?? after[before.indexOf(kept)];
  next?.focus({ preventScroll: true });
  if (found && typeof kept.selectionStart === "number" && found.value === kept.value) {
    found.setSelectionRange(kept.selectionStart, kept.selectionEnd, kept.selectionDirection);
  }
}

/** What tells an element from the others: its id, or its kind and what it is called. */
function nameOf(element) {
  const title = element.id || element.getAttribute("aria-label") || element.labels?.[0]?.textContent || element.textContent;
  return `${element.localName} ${title}`;
}
