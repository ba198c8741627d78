// Tells keys that a user types into a field from shortcuts.

/** Whether a key press belongs to a text field. */
export function isTyping(event) {
  const { target } = event;
  return target.matches?.("input:not([type=checkbox]), textarea, select") ?? false;
}
