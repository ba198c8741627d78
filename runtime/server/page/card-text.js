// A problem as plain text, for a message to whoever helps.

import { cut, label, level, moment } from "./shared/format.js";
import { labelsOf, warningOf } from "./cards.js";

const MOST_INSTANCES = 50;
const MOST_RECORDS = 200;
const MOST_TEXT = 20_000;

/** Everything that is known of a card. */
export function cardText(card, store, title) {
  const { session, run } = store;
  const plugin = store.plugin(card.pluginId);
  const [result] = card.results;
  const { error, records } = result;
  const ids = card.results.map((one) => one.instanceId);
  const labels = labelsOf(ids.filter((id) => id !== null), store);
  const names = ids.map((id) => {
    const known = labels.get(id);
    return known ? `${known.name}${known.apart ? ` (${known.apart})` : ""}` : "Context";
  });
  const host = [...(session?.hosts ?? []), ...Object.values(session?.host ?? {}).filter((value) => typeof value === "string")].join(", ");
  const location = error?.location;
  return [
    title,
    error ? error.message : warningOf(result)?.message,
    error?.detail,
    "",
    `Instances (${names.length}): ${names.slice(0, MOST_INSTANCES).join(", ")}${names.length > MOST_INSTANCES ? ", …" : ""}`,
    `Plug-in: ${plugin ? `${label(plugin)} (${plugin.name} ${plugin.version.join(".")})` : result.plugin}`,
    plugin?.file && `File: ${plugin.file}`,
    location && `At: ${location.file}:${location.line}${location.function ? ` in ${location.function}` : ""}`,
    error && `Kind: ${error.kind}`,
    `When: ${moment(result.started)}${run ? `, run ${run.id}` : ""}`,
    `Session: ${store.id}, adapter ${session?.adapter} ${session?.adapterVersion}${host ? `, ${host}` : ""}`,
    error?.traceback && `\n${cut(error.traceback, MOST_TEXT)}`,
    records.length > 0 && `\nRecords:\n${records.slice(0, MOST_RECORDS).map((record) => `${level(record.level)}: ${record.message}`).join("\n")}`,
  ].filter((line) => line !== null && line !== undefined && line !== false).join("\n");
}
