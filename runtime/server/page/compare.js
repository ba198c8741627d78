// The differences between two runs, from their reports.

/**
 * A plug-in counts as slower or faster if its time changed by this factor and by this many
 * milliseconds.
 */
const TIMES = 1.5;
const ENOUGH = 50;

/** Pairs are matched by plug-in and instance name, because ids may differ between collections. */
const key = (result) => JSON.stringify([result.pluginId ?? result.plugin, result.instance]);

/** The last result of each pair, if a plug-in ran more than once. */
function pairs(report) {
  return new Map(report.results.map((result) => [key(result), result]));
}

function instances(report) {
  return new Set(report.results.map((result) => result.instance).filter((name) => name !== null));
}

/** Compares an earlier report with a later one. */
export function compare(earlier, later) {
  const [before, now] = [pairs(earlier), pairs(later)];
  const [broke, mended, still] = [[], [], []];
  for (const [pair, result] of now) {
    const old = before.get(pair);
    if (!result.success) (old && !old.success ? still : broke).push(result);
    else if (old && !old.success) mended.push(result);
  }
  const times = (report) => new Map(report.timeline.plugins.map((plugin) => [plugin.plugin, plugin]));
  const [slower, quicker] = [[], []];
  const old = times(earlier);
  for (const [plugin, { label, total, pairs: steps }] of times(later)) {
    const known = old.get(plugin);
    // Do not compare the times of a plug-in that had different work to do.
    if (!known || known.pairs !== steps) continue;
    const entry = { label, from: known.total, to: total };
    if (total > known.total * TIMES && total - known.total > ENOUGH) slower.push(entry);
    if (known.total > total * TIMES && known.total - total > ENOUGH) quicker.push(entry);
  }
  const [there, here] = [instances(earlier), instances(later)];
  return {
    broke, mended, still, slower, quicker,
    added: [...here].filter((name) => !there.has(name)),
    removed: [...there].filter((name) => !here.has(name)),
    took: { from: earlier.timeline.elapsed, to: later.timeline.elapsed },
  };
}
