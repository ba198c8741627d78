// The reports of runs, read once each: what ended does not change. The largest are left to the report's own page.

/** Above so many results a report takes longer to read than anybody waits. */
export const MOST_RESULTS = 60_000;

/** How many reports are kept. */
const MOST_KEPT = 8;

export class Reports {
  #kept = new Map();

  constructor(api) {
    this.api = api;
  }

  /** How many results a run has. */
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

/** The state that a run's outcome is shown with. */
export function runState(run) {
  return { running: "working", succeeded: "succeeded", cancelled: "out" }[run.state] ?? "failed";
}

/** What became of a run, in plain words. */
export function runWords(run) {
  const words = { running: "under way", succeeded: "succeeded", failed: "had failures", cancelled: "stopped by the user", lost: "broken off: the host went away", interrupted: "broken off: the program ended" };
  return run.state === "stopped" ? run.reason ?? "stopped" : words[run.state] ?? run.state;
}

const NAMES = { publish: "Publish", validate: "Validate", collect: "Collect", extract: "Extract", integrate: "Integrate" };

/** What a run was asked to do, as the buttons call it. */
export function runTitle(run) {
  const plain = run.until.replace(/^up to /, "");
  return NAMES[plain] ?? run.until;
}
