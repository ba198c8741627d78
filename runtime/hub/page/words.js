// Times and runs in words.

import { duration } from "./shared/format.js";
import { runWords } from "./shared/run-words.js";

/** How long ago this was (seconds since 1970): "now", "3 min ago", "2 days ago". */
export function ago(seconds, now = Date.now() / 1000) {
  const since = now - seconds;
  if (since < 45) return "now";
  if (since < 90 * 60) return `${Math.max(1, Math.round(since / 60))} min ago`;
  if (since < 36 * 3600) return `${Math.round(since / 3600)} h ago`;
  return `${Math.round(since / 86400)} days ago`;
}

/** How long a run took, or takes already. */
export function took(run) {
  const end = run.ended ?? (run.state === "running" ? Date.now() / 1000 : null);
  return end === null ? "" : duration(Math.max(0, end - run.started) * 1000);
}

/** What a run was about: project and task, or the scene, or the adapter. */
export function subject(run) {
  return [run.project, run.task].filter(Boolean).join(" · ") || run.host || run.adapter || run.session;
}

/** How a run ended, in words. */
export const outcome = (run) => runWords(run);

/** 3 of 12 failed, or 12 succeeded. */
export function counts({ succeeded, failed }) {
  return failed ? `${failed} of ${succeeded + failed} failed` : succeeded ? `${succeeded} succeeded` : "";
}

/** v012, as it is usually written. */
export const version = (number) => (number === null ? "" : `v${String(number).padStart(3, "0")}`);
