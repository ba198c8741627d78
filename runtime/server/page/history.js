// Earlier runs: their results, reports, and the differences from the run before.

import { h, button, name } from "./shared/dom.js";
import { count, counted, cut, duration, moment } from "./shared/format.js";
import { icon, stateBox } from "./shared/icons.js";
import { compare } from "./compare.js";
import { Reports } from "./reports.js";
import { runState, runTitle, runWords } from "./shared/run-words.js";

const MOST_RUNS = 200;
const MOST_PROBLEMS = 50;

class History extends HTMLElement {
  #dirty = true;
  #open = null;
  #drawing = 0;

  /** `timeline(run)` shows the timeline of a run. */
  setup(store, reports, timeline) {
    Object.assign(this, { store, reports, timeline });
    this.body = h("div", {});
    this.append(this.body);
  }

  update(dirty) {
    if (dirty.all || dirty.problems) this.#dirty = true;
    if (this.#dirty && !this.store.running && this.checkVisibility()) this.draw();
  }

  async draw() {
    this.#dirty = false;
    const drawing = ++this.#drawing;
    try {
      const runs = await this.store.api.runs();
      if (drawing !== this.#drawing) return;
      if (!runs.length) return this.body.replaceChildren(h("p", { class: "muted empty" }, "There are no runs yet. From now on they are listed here."));
      const items = runs.slice(0, MOST_RUNS).map((run, index) => this.#run(run, runs[index + 1]));
      this.body.replaceChildren(h("ul", { class: "runs" }, items.map((item) => h("li", {}, item))));
    } catch (problem) {
      this.body.replaceChildren(h("p", { class: "muted empty" }, problem.message));
    }
  }

  #run(run, before) {
    const took = run.ended ? duration((run.ended - run.started) * 1000) : "";
    const numbers = run.failed ? `${count(run.failed)} failed of ${count(Reports.size(run))}` : counted(run.succeeded, "step");
    const more = h("div", { class: "more", "data-run": run.id });
    const element = h("details", { class: "run", open: this.#open === run.id, "data-run": run.id },
      h("summary", {}, stateBox(runState(run)), h("strong", {}, runTitle(run)), h("span", {}, runWords(run)),
        h("span", { class: "muted" }, `${numbers}${took && `, ${took}`}`), h("span", { class: "muted when" }, `${run.id} · ${moment(run.started)}`),
        run.comment && h("q", { dir: "auto" }, cut(run.comment, 300))),
      more);
    const fill = () => {
      if (!element.open) return;
      this.#open = run.id;
      if (!more.children.length) this.#fill(more, run, before);
    };
    element.addEventListener("toggle", fill);
    fill();
    return element;
  }

  async #fill(more, run, before) {
    const link = (format, words) => h("a", { href: this.store.api.reportAddress(run.id, format), target: "_blank", rel: "noopener" }, icon("external"), words);
    const links = h("p", { class: "links" }, link("html", "Report"), link("json", "JSON"), link("junit", "JUnit"), button("Timeline", () => this.timeline(run.id), { class: "quiet" }, icon("clock")));
    more.replaceChildren(links);
    try {
      if (Reports.tooLarge(run)) {
        return more.append(h("p", { class: "muted" }, `It has ${counted(Reports.size(run), "step")}, too many to show here: open the report.`));
      }
      const report = await this.reports.of(run);
      more.append(h("p", {}, h("strong", {}, report.outcome.headline)));
      if (report.problems.length) {
        more.append(h("ul", { class: "plain" }, report.problems.slice(0, MOST_PROBLEMS).map((problem) => h("li", {}, stateBox("failed"), name(cut(problem.title, 200)),
          problem.instance && [": ", name(cut(problem.instance, 200))]))));
        if (report.problems.length > MOST_PROBLEMS) more.append(h("p", { class: "muted" }, `and ${counted(report.problems.length - MOST_PROBLEMS, "more", "more")}, in the report`));
      }
      if (!before) return more.append(h("p", { class: "muted" }, "There is no earlier run to compare with."));
      if (Reports.tooLarge(before)) return more.append(h("p", { class: "muted" }, `The run before it, ${before.id}, is too large to compare with.`));
      more.append(comparison(compare(await this.reports.of(before), report), before));
    } catch (problem) {
      more.append(h("p", { class: "muted" }, problem.message));
    }
  }
}

/** Shows the differences from the run before. */
function comparison({ broke, mended, still, slower, quicker, added, removed, took }, before) {
  const most = 20;
  const pair = (entry) => h("li", {}, name(cut(entry.label, 200)), entry.instance && [" on ", name(cut(entry.instance, 200))]);
  const list = (title, state, entries, one = pair) => entries.length > 0 && [
    h("h3", { class: "difference" }, stateBox(state), `${title} (${count(entries.length)})`),
    h("ul", { class: "plain" }, entries.slice(0, most).map(one), entries.length > most && h("li", { class: "muted" }, `and ${counted(entries.length - most, "more", "more")}`)),
  ];
  const times = ({ label, from, to }) => h("li", {}, name(cut(label, 200)), ` ${duration(from)} → ${duration(to)}`);
  const parts = [
    list("New failures", "failed", broke), list("Fixed", "succeeded", mended), list("Still fails", "failed", still),
    list("Only in this run", "idle", added, (text) => h("li", {}, name(cut(text, 200)))), list("Not in this run", "out", removed, (text) => h("li", {}, name(cut(text, 200)))),
    list("Slower", "warned", slower, times), list("Faster", "succeeded", quicker, times),
  ].flat().filter(Boolean);
  return h("section", { class: "comparison" },
    h("h2", {}, `Compared with the run before it, ${before.id} (${runTitle(before)}, ${moment(before.started)})`),
    h("p", { class: "muted" }, `${duration(took.from)} → ${duration(took.to)} in total.`),
    parts.length ? parts : h("p", {}, "There are no differences."));
}

customElements.define("pyblish-history", History);
