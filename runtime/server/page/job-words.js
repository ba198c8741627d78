// How a job, a task and an attempt are told in words.

import { cut, hour } from "./shared/format.js";
import { hasEnded } from "./job-feed.js";

/** The state of a box for a job, a task or an attempt. */
export function boxState(state) {
  return { queued: "partly", waiting: "partly", ready: "partly", running: "working", cancelled: "out" }[state] ?? state;
}

/** Where a job is done. */
export const placeOf = (job) => (job.place === "here" ? "in the background" : "on the farm");

/** The attempt that is under way, with its task; null if none is. */
function underWay(job) {
  for (const task of job.tasks) {
    const last = task.history.at(-1);
    if (task.state === "running" && last && last.ended === null) return { task, attempt: last };
  }
  return null;
}

/** The finished share of a job, from 0 to 1. */
export function shareOf(job) {
  if (job.state === "succeeded") return 1;
  const { tasks } = job;
  const all = tasks.reduce((sum, task) => sum + (task.state === "succeeded" ? 1 : task.state === "running" ? task.progress : 0), 0);
  return tasks.length ? all / tasks.length : 0;
}

/** How it stands with a job, in a few words. */
export function wordsOf(job) {
  if (job.cancelled && !hasEnded(job)) return "is being cancelled";
  if (job.state === "running") {
    const at = underWay(job);
    const where = at ? ` on ${cut(at.attempt.worker, 80)}` : "";
    return `runs${where}, ${Math.round(shareOf(job) * 100)} %`;
  }
  if (job.state === "queued") {
    const later = job.tasks.find((task) => task.notBefore !== null && task.notBefore !== undefined);
    if (later) return `is tried again at ${hour(later.notBefore)}`;
    return job.tasks.some((task) => task.history.length) ? "waits for a worker again" : "waits for a worker";
  }
  return { succeeded: "was published", failed: "failed", cancelled: "was cancelled" }[job.state];
}

/** What a task does, where a job has several. */
export function taskWords(job, task) {
  if (job.tasks.length < 2) return "";
  return task.kind === "extract" ? `Extract ${cut(task.instance ?? "", 200)}` : "Integrate";
}

const FAILURES = {
  invalid: "Validation failed", failed: "A plug-in failed", refused: "The worker refused it", "host-lost": "The host was lost",
  "worker-lost": "The worker was lost", interrupted: "The worker had to end", cancelled: "Cancelled", error: "It went wrong",
};

/** How an attempt ended, in words. */
export function endWords({ success, failure }) {
  if (success) return "succeeded";
  return failure ? FAILURES[failure] ?? failure : "is at work";
}
