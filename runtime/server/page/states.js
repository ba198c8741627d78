// The states that the page shows: of instances, plug-ins and groups of them. A state is the worst
// of its results. It is a success only if everything was done that there is to do.

import { Plan } from "./plan.js";
import { leftOut, STAGES } from "./rules.js";

export class States {
  #plan = null;
  /** The plug-ins of the whole context that have not run yet. */
  #waiting = null;

  constructor(store) {
    this.store = store;
  }

  /** Instances, their families, or which plug-ins take part have changed. */
  planChanged() {
    this.#plan = null;
    this.#waiting = null;
  }

  /** A plug-in has processed the whole context. */
  contextChanged() {
    this.#waiting = null;
  }

  get plan() {
    return (this.#plan ??= new Plan(this.store.plugins, this.store.instances));
  }

  /** The state of an instance: `working`, `out`, or that of its results. */
  instance(id) {
    const { working, instances } = this.store;
    const instance = instances.get(id);
    if (!instance) return "idle";
    if (leftOut(instance)) return "out";
    if (working && working.instanceId === id) return "working";
    const { ran, failed, warned } = this.store.marks.counts(id);
    if (failed > 0) return "failed";
    const share = this.plan.of(instance);
    if (!ran && !share.whole.some((plugin) => this.store.marks.of(plugin.id).processed)) return "idle";
    if (ran < share.own.length || this.#waits(share)) return warned > 0 ? "warned" : "partly";
    return warned > 0 ? "warned" : "succeeded";
  }

  #waits(share) {
    this.#waiting ??= new Map();
    if (!this.#waiting.has(share)) this.#waiting.set(share, share.whole.some((plugin) => !this.store.marks.of(plugin.id).processed));
    return this.#waiting.get(share);
  }

  /** The stages of an instance that have plug-ins for it, each with its state. */
  stages(id) {
    const { instances, marks, working } = this.store;
    const instance = instances.get(id);
    if (!instance) return [];
    const { own, whole } = this.plan.of(instance);
    const state = (plugin) => {
      const isOwn = plugin.processes.instance;
      if (working?.pluginId === plugin.id && (!isOwn || working.instanceId === id)) return "working";
      const key = isOwn ? id : "";
      if (marks.of(plugin.id).failed.has(key)) return "failed";
      if (marks.of(plugin.id).warned.has(key)) return "warned";
      return (isOwn ? marks.has(plugin.id, id) : marks.of(plugin.id).processed) ? "succeeded" : "idle";
    };
    const plugins = [...own, ...whole];
    return STAGES.map((stage) => [stage, plugins.filter((plugin) => plugin.stage === stage).map(state)])
      .filter(([, states]) => states.length)
      .map(([stage, states]) => ({ stage, state: together(states) }));
  }

  /** The state of a plug-in, without instances that are left out. */
  plugin(id) {
    const plugin = this.store.plugin(id);
    if (plugin && !plugin.active) return "out";
    if (this.store.working?.pluginId === id) return "working";
    return this.settledPlugin(id);
  }

  /** The same, whatever is running now. */
  settledPlugin(id) {
    const plugin = this.store.plugin(id);
    const marks = this.store.marks.of(id);
    if (this.#inside(marks.failed)) return "failed";
    if (this.#inside(marks.warned)) return "warned";
    if (!marks.processed) return "idle";
    return plugin?.processes.instance && plugin.stage !== "collect" && marks.count < this.plan.count(plugin) ? "partly" : "succeeded";
  }

  /** On how many instances a plug-in failed, without those that are left out. */
  failedCount(id) {
    return this.#inside(this.store.marks.of(id).failed);
  }

  /** The state of the context: of the plug-ins that process it as a whole. */
  context() {
    const plugins = this.store.plugins.filter((plugin) => plugin.active && plugin.processes.context && this.plan.steps(plugin));
    return together(plugins.map((plugin) => {
      const marks = this.store.marks.of(plugin.id);
      if (marks.failed.has("")) return "failed";
      if (marks.warned.has("")) return "warned";
      return marks.processed ? "succeeded" : "idle";
    }));
  }

  #inside(ids) {
    const { out } = this.store;
    if (!ids.size || !out.size) return ids.size;
    let count = ids.size;
    for (const id of ids) if (out.has(id)) count -= 1;
    return count;
  }
}

/** The state of several together: the worst one; a success only if all succeeded. */
export function together(states) {
  for (const worst of ["working", "failed", "warned", "partly"]) if (states.includes(worst)) return worst;
  const inside = states.filter((state) => state !== "out");
  if (!inside.length) return states.length ? "out" : "idle";
  if (inside.every((state) => state === "succeeded")) return "succeeded";
  return inside.includes("succeeded") ? "partly" : "idle";
}
