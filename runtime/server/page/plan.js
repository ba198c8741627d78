// Which plug-ins are for which instances: what is still to do before an instance is published.

import { familiesOf, leftOut, matches, STAGES } from "./rules.js";

/** The plug-ins for instances with one set of families. */
class Share {
  /** How many instances have these families, and how many of them take part. */
  all = 0;
  inside = 0;

  constructor(plugins, families) {
    this.families = families;
    /** Those that process each instance, without collectors: these may run before it exists. */
    this.own = plugins.filter((plugin) => plugin.processes.instance && plugin.stage !== "collect" && matches(plugin, families));
    /** Those that process the context, and so all instances at once. */
    this.whole = plugins.filter((plugin) => !plugin.processes.instance && plugin.processes.context && plugin.stage !== "collect" && matches(plugin, families));
  }

  /** Whether a plug-in writes what is published. */
  get isPublished() {
    return [...this.own, ...this.whole].some(writes);
  }
}

/** Whether a plug-in belongs to a stage that writes files or hands them on. */
export const writes = (plugin) => plugin.stage === "extract" || plugin.stage === "integrate";

/** Whether a plug-in takes part in a publish at all. */
export const takesPart = (plugin) => plugin.active && plugin.targets.includes("default");

/** The plan for these plug-ins and instances. It is made again when either changes. */
export class Plan {
  #shares = new Map();
  #byInstance = new Map();
  #counts = new Map();

  constructor(plugins, instances) {
    this.plugins = plugins.filter(takesPart);
    for (const instance of instances.values()) {
      const share = this.of(instance);
      share.all += 1;
      if (!leftOut(instance)) share.inside += 1;
    }
  }

  /** The share of an instance. */
  of(instance) {
    const known = this.#byInstance.get(instance.id);
    if (known) return known;
    const families = familiesOf(instance.data);
    const key = families.join("\n");
    let share = this.#shares.get(key);
    if (!share) this.#shares.set(key, (share = new Share(this.plugins, families)));
    this.#byInstance.set(instance.id, share);
    return share;
  }

  get shares() {
    return this.#shares.values();
  }

  /** The different sets of families of the instances: only a few, even for many instances. */
  get familySets() {
    return (this.#sets ??= [...this.shares].map((share) => share.families));
  }
  #sets = null;

  /** How many instances that take part a plug-in is for. */
  count(plugin) {
    if (!this.#counts.has(plugin.id)) {
      const shares = [...this.shares].filter((share) => matches(plugin, share.families));
      this.#counts.set(plugin.id, shares.reduce((sum, share) => sum + share.inside, 0));
    }
    return this.#counts.get(plugin.id);
  }

  /** How many times a plug-in runs: on each instance, or once. Not at all if it is for none. */
  steps(plugin) {
    if (plugin.processes.instance) return this.count(plugin);
    if (!plugin.processes.context) return 0;
    return plugin.families.includes("*") || this.count(plugin) > 0 ? 1 : 0;
  }
}

/** Whether a run was asked for a whole publish. */
export const isWhole = ({ until, only }) => !until && !only;

/** The stages that a run reaches, by what it was asked to do. */
export function stagesOf({ until, only }) {
  if (only) return [only];
  return until ? STAGES.slice(0, STAGES.indexOf(until) + 1) : STAGES;
}
