// The states of plug-ins and instances: the worst of their results. Only failures and warnings are
// stored, because with ten thousand instances and two hundred plug-ins nearly all pairs succeed.

const CONTEXT = "";

class PluginMarks {
  failed = new Set();
  warned = new Set();
  processed = false;
  /** The number of results, and their total time in milliseconds. */
  done = 0;
  duration = 0;
}

const NOTHING = Object.freeze(new PluginMarks());

export class Marks {
  #plugins = new Map();
  /**
   * By instance: how many plug-ins failed and warned on it; present once a plug-in has run on it.
   */
  #instances = new Map();

  /** The marks of a plug-in. */
  of(plugin) {
    return this.#plugins.get(plugin) ?? NOTHING;
  }

  instanceState(id) {
    const marks = this.#instances.get(id);
    if (!marks) return "idle";
    return marks.failed > 0 ? "failed" : marks.warned > 0 ? "warned" : "succeeded";
  }

  /** The state that an action's `on` depends on: of a plug-in, or of it on one instance. */
  offering(plugin, instance = null) {
    const marks = this.of(plugin);
    if (instance !== null) return { processed: marks.processed, failed: marks.failed.has(instance), warned: marks.warned.has(instance) };
    return { processed: marks.processed, failed: marks.failed.size > 0, warned: marks.warned.size > 0 };
  }

  /** Creates the marks from the runtime's states of plug-ins and instances. */
  fill(plugins, instances) {
    for (const { id, state } of instances) if (state !== "unprocessed") this.#instance(id);
    for (const [id, { succeeded, warned, failed, duration }] of Object.entries(plugins)) {
      const marks = this.#plugin(id);
      marks.processed = succeeded + failed.length > 0;
      marks.done = succeeded + failed.length;
      marks.duration = duration;
      for (const instance of failed) this.#set(marks, "failed", instance ?? CONTEXT, true);
      for (const instance of warned) this.#set(marks, "warned", instance ?? CONTEXT, true);
    }
  }

  /** Adds a result of processing or repairing. A repaired instance must be processed again. */
  note(plugin, instance, { mode, error, duration }, warns) {
    const marks = this.#plugin(plugin);
    if (mode === "process") {
      marks.processed = true;
      marks.done += 1;
      marks.duration += duration;
    }
    if (instance) this.#instance(instance);
    this.#set(marks, "failed", instance ?? CONTEXT, error !== null);
    this.#set(marks, "warned", instance ?? CONTEXT, mode === "process" && warns);
  }

  /** The plug-ins that failed or warned on an instance. */
  foundBy(instance) {
    const found = [...this.#plugins].filter(([, { failed, warned }]) => failed.has(instance) || warned.has(instance));
    return found.map(([id]) => id);
  }

  /** Removes an instance. */
  forget(instance) {
    this.#instances.delete(instance);
    for (const marks of this.#plugins.values()) {
      marks.failed.delete(instance);
      marks.warned.delete(instance);
    }
  }

  #plugin(id) {
    let marks = this.#plugins.get(id);
    if (!marks) this.#plugins.set(id, (marks = new PluginMarks()));
    return marks;
  }

  #instance(id) {
    let marks = this.#instances.get(id);
    if (!marks) this.#instances.set(id, (marks = { failed: 0, warned: 0 }));
    return marks;
  }

  #set(marks, kind, instance, is) {
    if (marks[kind].has(instance) === is) return;
    if (is) marks[kind].add(instance);
    else marks[kind].delete(instance);
    if (instance !== CONTEXT) this.#instance(instance)[kind] += is ? 1 : -1;
  }
}
