// Reads a whole session: what it is when the page opens.

import { matches } from "./rules.js";

/** How often all instances are read again, if some were added or removed between two pages. */
const TRIES = 3;

/** How many failures and warnings are kept at most. */
export const MOST_KEPT = 2000;

/** How many of the latest results are read for their records. */
const RECENT = 200;

/** How many results are read to learn which instances a plug-in has processed. */
const MOST_SEEN = 10_000;

/** Everything about a session. The session itself is read first: its events come after it. */
export async function readSession(api) {
  const session = await api.read();
  const [discovered, { data }, states, instances] = await Promise.all([api.plugins(), api.context(), api.states(), readInstances(api)]);
  const kept = (state) => api.results({ state, latest: true, limit: MOST_KEPT });
  const [failed, warned, recent] = await Promise.all([
    kept("failed"), kept("warned"),
    api.results({ newestFirst: true, limit: RECENT }),
  ]);
  return { session, discovered, context: data, instances, states, failed: failed.items, warned: warned.items, recent: recent.items.reverse() };
}

async function readInstances(api) {
  const found = new Map();
  for (let tries = 0; tries < TRIES; tries++) {
    found.clear();
    const { items, total } = await api.instances();
    for (const instance of items) found.set(instance.id, instance);
    if (found.size >= total) break;
  }
  return [...found.values()];
}

/**
 * Which instances each plug-in has processed, by the runtime's states of plug-ins: all, where it has
 * a result for each.
 */
export async function readProcessed(api, store, plugins) {
  const found = new Map();
  for (const [id, { succeeded, failedIds: failed }] of Object.entries(plugins)) {
    const plugin = store.plugin(id);
    if (!plugin?.processes.instance) {
      found.set(id, [null]);
      continue;
    }
    const mine = [...store.instances.values()].filter((instance) => matches(plugin, store.states.plan.of(instance).families)).map((instance) => instance.id);
    const done = succeeded + failed.length;
    if (done >= mine.length || done > MOST_SEEN) found.set(id, mine);
    else {
      const { items } = await api.results({ pluginId: id, latest: true, limit: MOST_SEEN });
      found.set(id, items.filter((result) => result.mode === "process").map((result) => result.instanceId));
    }
  }
  return found;
}
