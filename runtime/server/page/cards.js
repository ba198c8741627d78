// Problems as cards: results of the same plug-in with the same words are one card, with all of
// their instances inside.

/** Groups results, in the order of the plug-ins. */
export function cardsOf(results, store) {
  const cards = new Map();
  for (const result of results) {
    const words = result.error ? [result.error.title, result.error.message] : [warningOf(result)?.message];
    const plain = words.map((text) => withoutNames(text, result.instance, store.instances.get(result.instanceId)));
    const key = JSON.stringify([result.error ? "failed" : "warned", result.pluginId, plain]);
    if (!cards.has(key)) cards.set(key, { key, pluginId: result.pluginId, isFailed: Boolean(result.error), results: [] });
    cards.get(key).results.push(result);
  }
  const place = new Map(store.plugins.map((plugin, index) => [plugin.id, index]));
  return [...cards.values()].sort((one, other) => (place.get(one.pluginId) ?? 0) - (place.get(other.pluginId) ?? 0));
}

/** The first warning of a result. */
export const warningOf = (result) => result.records.find((record) => record.level >= 30);

/** Messages that differ only in what the instance is called count as the same. */
function withoutNames(text, name, instance) {
  const label = instance?.data.label;
  const names = [name, typeof label === "string" ? label : null].filter(Boolean);
  return names.sort((one, other) => other.length - one.length).reduce((words, one) => words?.split(one).join("…"), text);
}

/** Values that tell two instances of one name apart, the best first. */
const APART = ["label", "path", "source", "sourcePath", "filePath", "asset", "folderPath", "subset", "productName", "task", "staging"];

/** The instances by name. */
export function namesakes(store) {
  const byName = new Map();
  for (const instance of store.instances.values()) {
    const same = byName.get(instance.name);
    if (same) same.push(instance);
    else byName.set(instance.name, [instance]);
  }
  return byName;
}

/**
 * What is shown of each of these instances: its name, and what tells it from others of that name in
 * the session.
 */
export function labelsOf(ids, store, byName = namesakes(store)) {
  return new Map(ids.map((id) => {
    const instance = store.instances.get(id);
    const same = byName.get(instance?.name) ?? [];
    return [id, { name: instance?.name ?? id, apart: instance && same.length > 1 ? apart(instance, same) : "" }];
  }));
}

function apart(instance, same) {
  const text = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : Array.isArray(value) && typeof value[0] === "string" ? value[0] : "");
  const families = ({ data }) => [data.family, ...(Array.isArray(data.families) ? data.families : [])].filter((name) => typeof name === "string").join(", ");
  const differs = (read) => {
    const own = read(instance);
    return own && own !== instance.name && same.every((other) => other === instance || read(other) !== own) ? own : "";
  };
  for (const key of APART) {
    const found = differs(({ data }) => text(data[key]));
    if (found) return found;
  }
  return differs(families) || differs(({ members }) => members[0] ?? "") || `no. ${same.indexOf(instance) + 1}`;
}
