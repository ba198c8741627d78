// What the results of plug-ins and instances come to. Failures and warnings are stored by their ids,
// and which pairs were processed as one byte a pair, because there may be millions of pairs.

const CONTEXT = "";

class PluginMarks {
  failed = new Set();
  warned = new Set();
  processed = false;
  /** The number of results, and their total time in milliseconds. */
  done = 0;
  duration = 0;
  /** On how many instances its latest work was done; the context counts as one. */
  count = 0;
  /** One byte for each instance, by its number: whether that work was done. */
  seen = new Uint8Array(0);
}

const NOTHING = Object.freeze(new PluginMarks());

const NO_COUNTS = Object.freeze({ ran: 0, failed: 0, warned: 0 });

export class Marks {
  #plugins = new Map();
  /** By instance: its number, and how many plug-ins ran, failed and warned on it. */
  #instances = new Map();
  /** The number of the next instance. The context has the number 0. */
  #next = 1;

  /** The marks of a plug-in. */
  of(plugin) {
    return this.#plugins.get(plugin) ?? NOTHING;
  }

  /** How many plug-ins ran on an instance, and how many of them failed and warned. */
  counts(id) {
    return this.#instances.get(id) ?? NO_COUNTS;
  }

  /** Whether a plug-in has processed an instance (null for the context). */
  has(plugin, instance) {
    const number = instance === null ? 0 : this.#instances.get(instance)?.number;
    return number !== undefined && this.of(plugin).seen[number] === 1;
  }

  /** The state that an action's `on` depends on: of a plug-in, or of it on one instance. */
  offering(plugin, instance = null) {
    const marks = this.of(plugin);
    if (instance !== null) return { processed: marks.processed, failed: marks.failed.has(instance), warned: marks.warned.has(instance) };
    return { processed: marks.processed, failed: marks.failed.size > 0, warned: marks.warned.size > 0 };
  }

  /** Creates the marks from the runtime's states of plug-ins. */
  fill(plugins) {
    for (const [id, { succeeded, warnedIds: warned, failedIds: failed, duration }] of Object.entries(plugins)) {
      const marks = this.#plugin(id);
      marks.processed = succeeded + failed.length > 0;
      marks.done = succeeded + failed.length;
      marks.duration = duration;
      for (const instance of failed) this.#set(marks, "failed", instance ?? CONTEXT, true);
      for (const instance of warned) this.#set(marks, "warned", instance ?? CONTEXT, true);
    }
  }

  /** Notes which instances (null for the context) a plug-in has processed. */
  processed(plugin, instances) {
    const marks = this.#plugin(plugin);
    for (const instance of instances) this.#see(marks, instance, 1);
  }

  /** Adds a result of processing or repairing. A repaired instance must be processed again. */
  note(plugin, instance, { mode, error, duration }, warns) {
    const marks = this.#plugin(plugin);
    if (mode === "process") {
      marks.processed = true;
      marks.done += 1;
      marks.duration += duration;
    }
    this.#see(marks, instance, mode === "process" ? 1 : 0);
    this.#set(marks, "failed", instance ?? CONTEXT, error !== null);
    this.#set(marks, "warned", instance ?? CONTEXT, mode === "process" && warns);
  }

  /** A plug-in that the user stopped has neither failed nor finished. */
  stopped(plugin, instance) {
    const marks = this.#plugin(plugin);
    this.#see(marks, instance, 0);
    this.#set(marks, "failed", instance ?? CONTEXT, false);
    marks.processed = marks.count > 0;
  }

  /** The plug-ins that failed or warned on an instance. */
  foundBy(instance) {
    const found = [...this.#plugins].filter(([, { failed, warned }]) => failed.has(instance) || warned.has(instance));
    return found.map(([id]) => id);
  }

  /** Removes an instance. */
  forget(instance) {
    const number = this.#instances.get(instance)?.number;
    this.#instances.delete(instance);
    for (const marks of this.#plugins.values()) {
      if (marks.seen[number]) {
        marks.seen[number] = 0;
        marks.count -= 1;
      }
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
    let counts = this.#instances.get(id);
    if (!counts) this.#instances.set(id, (counts = { number: this.#next++, ran: 0, failed: 0, warned: 0 }));
    return counts;
  }

  #see(marks, instance, is) {
    const counts = instance === null ? null : this.#instance(instance);
    const number = counts?.number ?? 0;
    if (number >= marks.seen.length) {
      if (!is) return;
      const grown = new Uint8Array(Math.max(16, number * 2, this.#next));
      grown.set(marks.seen);
      marks.seen = grown;
    }
    const change = is - marks.seen[number];
    marks.seen[number] = is;
    marks.count += change;
    if (counts) counts.ran += change;
  }

  #set(marks, kind, instance, is) {
    if (marks[kind].has(instance) === is) return;
    if (is) marks[kind].add(instance);
    else marks[kind].delete(instance);
    if (instance !== CONTEXT) this.#instance(instance)[kind] += is ? 1 : -1;
  }
}
