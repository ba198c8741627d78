// The reports of runs. Each is read once, because an ended run does not change. Very large ones are
// only shown on the report's own page.

/** With more results than this, a report takes too long to load. */
export const MOST_RESULTS = 60_000;

/** How many reports are kept. */
const MOST_KEPT = 8;

export class Reports {
  #kept = new Map();

  constructor(api) {
    this.api = api;
  }

  /** The number of results of a run. */
  static size = (run) => run.succeeded + run.failed;

  static tooLarge = (run) => Reports.size(run) > MOST_RESULTS;

  async of(run) {
    const known = this.#kept.get(run.id);
    if (known) return known;
    const report = await this.api.report(run.id);
    if (run.state !== "running") {
      this.#kept.set(run.id, report);
      if (this.#kept.size > MOST_KEPT) this.#kept.delete(this.#kept.keys().next().value);
    }
    return report;
  }
}
