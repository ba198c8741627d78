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

/** The state that stands for a run's outcome. */
export function runState(run) {
  return { running: "working", succeeded: "succeeded", cancelled: "out" }[run.state] ?? "failed";
}

/** The outcome of a run, in plain words. */
export function runWords(run) {
  const words = { running: "running", succeeded: "succeeded", failed: "had failures", cancelled: "stopped by the user", lost: "interrupted: the host is gone", interrupted: "interrupted: the program ended" };
  return run.state === "stopped" ? run.reason ?? "stopped" : words[run.state] ?? run.state;
}

const NAMES = { publish: "Publish", validate: "Validate", collect: "Collect", extract: "Extract", integrate: "Integrate" };

/** What a run was asked to do, with the words of the buttons. */
export function runTitle(run) {
  const asked = run.only ?? run.until ?? "publish";
  return NAMES[asked] ?? asked;
}
