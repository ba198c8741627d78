// What is different between two runs, by their reports.

/** A plug-in is slower or quicker if it took that many times as long, and that many milliseconds more. */
const TIMES = 1.5;
const ENOUGH = 50;

/** Pairs are the same by plug-in and by the instance's name: its id may be another in each collection. */
const key = (result) => JSON.stringify([result.pluginId ?? result.plugin, result.instance]);

/** The last result of each pair; a plug-in that ran twice is what it came to in the end. */
function pairs(report) {
  return new Map(report.results.map((result) => [key(result), result]));
}

function instances(report) {
  return new Set(report.results.map((result) => result.instance).filter((name) => name !== null));
}

/** From an earlier report to a later one. */
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
    // A plug-in that had other things to do took another time for that reason.
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
