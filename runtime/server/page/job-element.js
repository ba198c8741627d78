// One job: how it stands, and its attempts with their workers, problems and logs.

import { h, button, mark, name, put } from "./shared/dom.js";
import { counted, cut, duration, moment } from "./shared/format.js";
import { icon, setState, stateBox } from "./shared/icons.js";
import { copyable } from "./shared/copy.js";
import { shortMarkdown } from "./shared/markdown.js";
import { recordList } from "./shared/record-list.js";
import { attemptReportAddress } from "./api.js";
import { hasEnded } from "./job-feed.js";
import { boxState, endWords, placeOf, shareOf, taskWords, wordsOf } from "./job-words.js";

const MOST_PROBLEMS = 20;
const MOST_MESSAGE = 4000;

/** The element of a job. It stays the same, and `update` draws what has changed. */
export class JobElement {
  #drawn = "";
  #attempts = new Map();

  /** `chosen(id, isOpen)` is told when the user opens or closes it. */
  constructor(job, { commands, feed, chosen, isOpen }) {
    Object.assign(this, { commands, feed });
    this.box = stateBox("partly");
    this.words = h("span", { class: "job-words" });
    this.fill = h("div", { class: "fill" });
    this.track = h("div", { class: "progress", role: "progressbar", "aria-label": `Progress of ${cut(job.name, 100)}`, "aria-valuemin": "0", "aria-valuemax": "100" }, this.fill);
    this.doing = h("p", { class: "muted doing" });
    this.cancel = button("Cancel", () => this.#press(this.cancel, () => commands.cancelJob(job.id)), { class: "quiet" }, icon("times"));
    this.retry = button("Try again", () => this.#press(this.retry, () => commands.retryJob(job.id)), {}, icon("redo"));
    this.attempts = h("ol", { class: "attempts" });
    this.element = h("details", { class: "run job", open: isOpen, "data-job": job.id },
      h("summary", {}, this.box, h("strong", {}, name(cut(job.name, 200))), this.words,
        h("span", { class: "muted when" }, `${placeOf(job)} · ${moment(job.created)}`)),
      h("div", { class: "more" }, this.track, this.doing, h("div", { class: "buttons" }, this.retry, this.cancel), this.attempts));
    this.element.addEventListener("toggle", () => chosen(job.id, this.element.open));
    this.update(job);
  }

  /** A button works once, until the runtime has answered. */
  async #press(pressed, work) {
    pressed.disabled = true;
    await work();
    pressed.disabled = false;
  }

  update(job) {
    const share = Math.round(shareOf(job) * 100);
    setState(this.box, boxState(job.state));
    mark(this.element, "data-state", job.state);
    put(this.words, wordsOf(job));
    this.track.hidden = hasEnded(job);
    this.fill.style.transform = `scaleX(${share / 100})`;
    mark(this.fill, "data-state", job.state === "running" ? "running" : null);
    mark(this.track, "aria-valuenow", share);
    this.cancel.hidden = hasEnded(job) || job.cancelled;
    this.retry.hidden = !["failed", "cancelled"].includes(job.state);
    this.#drawDoing(job);
    if (!this.element.open) return;
    const key = JSON.stringify([job.tasks, ...this.#sizes(job)]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    this.#drawAttempts(job);
  }

  #drawDoing(job) {
    const parts = [];
    for (const task of job.tasks) {
      const attempt = task.history.at(-1);
      if (task.state !== "running" || !attempt) continue;
      const { working } = this.feed.attempt(job, task, attempt.epoch);
      const what = working ? `${working.plugin}${working.instance ? ` on ${working.instance}` : ""}${working.message ? `: ${working.message}` : ""}` : task.doing;
      if (what) parts.push(what);
    }
    put(this.doing, cut(parts.join("; "), 300));
    this.doing.hidden = !parts.length;
  }

  #sizes(job) {
    return job.tasks.flatMap((task) => task.history.map(({ epoch }) => {
      const { records, problems, hasReport } = this.feed.attempt(job, task, epoch);
      return [records.length, problems.length, hasReport];
    }));
  }

  #drawAttempts(job) {
    const wanted = job.tasks.flatMap((task) => task.history.map((attempt) => ({ task, attempt, key: `${task.number} ${attempt.epoch}` })));
    const elements = wanted.map(({ task, attempt, key }) => {
      const known = this.feed.attempt(job, task, attempt.epoch);
      const signature = JSON.stringify([attempt, known.records.length, known.problems.length, known.hasReport]);
      const before = this.#attempts.get(key);
      if (before?.signature === signature) return before.element;
      const opened = before?.element.querySelector("details.log")?.open ?? false;
      const element = this.#attempt(job, task, attempt, known, opened);
      this.#attempts.set(key, { signature, element });
      return element;
    });
    const { attempts } = this;
    if (elements.length === attempts.children.length && elements.every((element, index) => attempts.children[index] === element)) return;
    attempts.replaceChildren(...elements);
  }

  #attempt(job, task, attempt, known, opened) {
    const state = attempt.ended === null ? "running" : attempt.success ? "succeeded" : attempt.failure === "cancelled" ? "cancelled" : "failed";
    const took = attempt.ended === null ? "" : `, ${duration((attempt.ended - attempt.started) * 1000)}`;
    const what = taskWords(job, task);
    const said = attempt.message && !known.problems.length;
    return h("li", { "data-attempt": attempt.attempt, "data-state": state },
      h("p", { class: "attempt" }, stateBox(boxState(state)), what && h("strong", {}, name(what)),
        h("span", {}, `Attempt ${attempt.attempt} on `, name(cut(attempt.worker, 200))), h("span", {}, endWords(attempt)),
        h("span", { class: "muted when" }, `${moment(attempt.started)}${took}`)),
      said && h("p", { class: "said-here" }, name(cut(attempt.message, 2000))),
      known.problems.slice(0, MOST_PROBLEMS).map(problemElement),
      known.problems.length > MOST_PROBLEMS && h("p", { class: "muted" }, `and ${counted(known.problems.length - MOST_PROBLEMS, "more", "more")}, in the report`),
      known.records.length > 0 && h("details", { class: "log", open: opened }, h("summary", {}, `Log of ${cut(attempt.worker, 100)} (${counted(known.records.length, "record")})`), recordList(known.records.map(withPlace))),
      known.hasReport && h("p", { class: "links" }, h("a", { href: attemptReportAddress([job.id, task.number, attempt.epoch], "html"), target: "_blank", rel: "noopener" }, icon("external"), "Report")));
  }
}

/** What failed, as on a card. */
function problemElement({ title, message, instance, traceback }) {
  return h("article", { class: "card failed" },
    h("header", {}, stateBox("failed"), h("h3", {}, name(cut(title, 300)))),
    shortMarkdown(message, MOST_MESSAGE, { class: "message" }),
    instance && h("p", { class: "muted" }, "on ", name(cut(instance, 200))),
    traceback && h("details", {}, h("summary", {}, "Traceback"), copyable(cut(traceback, 20_000), "Copy traceback")));
}

/** The record with who said it. */
function withPlace({ plugin, instance, ...record }) {
  const who = [plugin, instance].filter(Boolean).join(" · ");
  return { ...record, message: who ? `${who}: ${record.message}` : record.message };
}
