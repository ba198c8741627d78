// How long plug-ins take, from the history: the page weighs progress with it, and says how much
// time is left.

/** How many earlier runs are read, and how many results each of them may have. */
const RUNS = 3;
const MOST_RESULTS = 5000;

export class Times {
  /** Milliseconds for one step, by the name of the plug-in's class. */
  #means = new Map();

  /** Reads the latest of these runs. Without them, progress only counts steps. */
  async read(api, past) {
    try {
      const runs = past.filter((run) => run.ended && run.succeeded > 0 && run.succeeded + run.failed <= MOST_RESULTS);
      // The latest run comes last, because it knows best.
      for (const run of runs.slice(0, RUNS).reverse()) {
        const { timeline } = await api.report(run.id);
        for (const { plugin, total, pairs } of timeline.plugins) if (pairs > 0) this.#means.set(plugin, total / pairs);
      }
    } catch {
      // The connection's own message says what is wrong.
    }
  }

  /** Keeps what the results since the last reset show, before they are cleared. */
  keep(plugins, marks) {
    for (const plugin of plugins) {
      const { done, duration } = marks.of(plugin.id);
      if (done > 0) this.#means.set(plugin.name, duration / done);
    }
  }

  /** Milliseconds that one step of a plug-in takes; undefined if it never ran. */
  of(plugin, marks) {
    const { done, duration } = marks.of(plugin.id);
    return done > 0 ? duration / done : this.#means.get(plugin.name);
  }
}
