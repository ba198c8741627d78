// The button that selects what instances are about in the host, because an artist wants to see it.

import { button } from "./shared/dom.js";
import { cut } from "./shared/format.js";
import { icon } from "./shared/icons.js";
import { hostLabel } from "./session-name.js";

/** The button, where there are instances and the host can select; else null. */
export function selectButton(instances, store, commands) {
  const { session } = store;
  if (!instances.length || session?.host?.selects !== true) return null;
  return button(`Select in ${cut(hostLabel(session), 60)}`, () => commands.select(instances), { disabled: store.busy || store.down }, icon("pointer"));
}
