// How far a run is, and how long it will take. Pyblish runs one plug-in after the other, each on
// all of its instances. So the plug-in and the instance at work tell what is done and what is left.
//
// Nobody knows the instances before they are collected. So collecting gets the share of the time
// that it had before, and everything after it is counted anew. The runtime says how much time is
// left.

import { leftOut, matches } from "./rules.js";
import { stagesOf } from "./plan.js";

/** The share of the collectors in a run whose times are not known. */
const COLLECTING = 0.1;

/** The least weight of a step in milliseconds, so that quick plug-ins count, too. */
const LEAST = 1;

/** A running run never shows as finished. */
const MOST = 0.99;

/** Say nothing of the time left below this many milliseconds. */
const SHORT = 5000;

export class Progress {
  #run = null;
  #told = 0;
  /** Whether this run has collected. */
  #collected = false;

  /** The finished share of the running run from 0 to 1, and the milliseconds left or null. */
  of(store) {
    const { run } = store;
    if (this.#run !== run.id) [this.#run, this.#told, this.#collected] = [run.id, 0, false];
    const stages = stagesOf(run);
    const work = steps(store, stages);
    const collects = stages.includes("collect") && (run.stage === "collect" || this.#collected);
    if (run.stage === "collect") this.#collected = true;
    const [first, rest] = [work.filter(({ plugin }) => plugin.stage === "collect"), work.filter(({ plugin }) => plugin.stage !== "collect")];
    const isFirst = run.stage === "collect";
    const part = isFirst ? first : rest;
    const done = doneOf(store, part);
    const all = weight(part);
    const inside = all > 0 ? done / all : 0;
    const share = collects ? (rest.length ? shareOf(first, rest) : 1) : 0;
    const now = isFirst ? share * inside : share + (1 - share) * inside;
    this.#told = Math.min(MOST, Math.max(this.#told, now));
    return { fraction: this.#told, left: leftOf(store) };
  }
}

/** The milliseconds that the runtime expects, less those of the step at work; null if they are few. */
function leftOf({ run, session }) {
  if (run.remaining === null || run.remaining === undefined) return null;
  const left = run.remaining - (Date.now() - 1000 * (session.since ?? Date.now() / 1000));
  return left > SHORT ? left : null;
}

/** The plug-ins of a run in their order, with the number of their steps and the weight of one. */
function steps(store, stages) {
  const { plan } = store.states;
  const work = plan.plugins.filter((plugin) => stages.includes(plugin.stage))
    .map((plugin) => ({ plugin, count: plan.steps(plugin), mean: store.times.of(plugin, store.marks) }))
    .filter(({ count, plugin }) => count > 0 || plugin.stage === "collect");
  // A plug-in that never ran takes as long as a step usually does. Collectors are no measure: one of
  // them makes all instances at once.
  const known = work.filter(({ mean, plugin }) => mean !== undefined && plugin.stage !== "collect");
  const all = known.reduce((sum, { count }) => sum + count, 0);
  const usual = all ? known.reduce((sum, { mean, count }) => sum + mean * count, 0) / all : LEAST;
  return work.map(({ plugin, count, mean }) => ({ plugin, count: Math.max(1, count), known: mean !== undefined, each: Math.max(LEAST, mean ?? usual) }));
}

const weight = (work) => work.reduce((sum, { count, each }) => sum + count * each, 0);

/** The weight of what comes before the step at work, and of the part of it that is done. */
function doneOf(store, work) {
  const { working } = store;
  // A page that was just opened has not yet seen an event, and only knows the name.
  const place = work.findIndex(({ plugin }) => (working ? plugin.id === working.pluginId : plugin.name === store.session.doing));
  if (place < 0) return 0;
  const { plugin, count, each } = work[place];
  if (!working) return weight(work.slice(0, place)) + each * Math.min(count - 1, store.marks.of(plugin.id).count);
  const inside = Math.min(1, Math.max(0, working.fraction ?? store.session.progress ?? 0));
  return weight(work.slice(0, place)) + each * Math.min(count, before(store, plugin, working.instanceId) + inside);
}

/** How many of its instances a plug-in has processed before this one. */
function before(store, plugin, id) {
  if (!id) return 0;
  let count = 0;
  for (const instance of store.instances.values()) {
    if (instance.id === id) return count;
    if (!leftOut(instance) && matches(plugin, store.states.plan.of(instance).families)) count += 1;
  }
  return 0;
}

function shareOf(first, rest) {
  if (![...first, ...rest].every(({ known }) => known)) return COLLECTING;
  return weight(first) / (weight(first) + weight(rest));
}

/** The time left in words: nobody needs it to the second. */
export function leftWords(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 55) return `about ${seconds < 10 ? 5 : Math.round(seconds / 10) * 10} seconds left`;
  const minutes = Math.round(seconds / 60);
  if (minutes <= 1) return "about a minute left";
  if (minutes < 60) return `about ${minutes} minutes left`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? "about an hour left" : `about ${hours} hours left`;
}
