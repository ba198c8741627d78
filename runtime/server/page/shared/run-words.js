// A run's outcome, and what it was asked to do, in plain words.

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
