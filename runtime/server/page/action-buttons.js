// The buttons of a plug-in's actions.

import { button, h, name } from "./shared/dom.js";
import { cut } from "./shared/format.js";
import { icon } from "./shared/icons.js";
import { offeredActions } from "./rules.js";

/**
 * Whether an action runs once for its plug-in, whatever instance is meant: with Pyblish itself, which
 * gives an action the context and the plug-in only.
 */
const runsOnce = (store) => typeof store.session?.host?.pyblish === "string";

/**
 * The buttons in the plug-in's order. `meant(action)` answers the instances that an action is run
 * for; null is the plug-in as a whole. `state` is what the actions depend on.
 */
export function actionButtons(plugin, store, commands, meant = () => [null], state = store.marks.offering(plugin.id)) {
  const off = store.busy || store.down;
  return offeredActions(plugin, state).map((action) => {
    if (action.kind === "separator") return h("span", { class: "separator", role: "separator" });
    if (action.kind === "category") return h("span", { class: "category" }, name(cut(action.label, 100)));
    return button(cut(action.label, 100), () => commands.act(plugin, action, runsOnce(store) ? [null] : meant(action)), { disabled: off, dir: "auto" }, icon(action.icon ?? "play"));
  });
}
