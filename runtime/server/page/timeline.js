// The timeline of a run: a line for each plug-in or instance, with a bar for each time that it ran.

import { h, button } from "./shared/dom.js";
import { counted, moment } from "./shared/format.js";
import { lanes } from "./shared/lanes.js";
import { Reports } from "./reports.js";
import { runTitle } from "./shared/run-words.js";

class Timeline extends HTMLElement {
  #by = "plugin";
  #dirty = true;
  #wanted = null;
  #drawing = 0;

  setup(store, reports) {
    Object.assign(this, { store, reports });
    this.runs = h("select", { "aria-label": "Run", onchange: () => this.show(this.runs.value) });
    this.by = h("select", { "aria-label": "A line for each", onchange: () => { this.#by = this.by.value; this.draw(); } },
      h("option", { value: "plugin" }, "By plug-in"), h("option", { value: "instance" }, "By instance"));
    this.body = h("div", {});
    this.append(h("div", { class: "filter" }, this.runs, this.by, button("Refresh", () => this.draw(), { class: "quiet" })), this.body);
  }

  update(dirty) {
    if (dirty.all || dirty.problems) this.#dirty = true;
    if (this.#dirty && !this.store.running && this.checkVisibility()) this.draw();
  }

  /** Shows this run; without one, the latest. */
  show(run) {
    this.#wanted = run ?? null;
    return this.draw();
  }

  async draw() {
    this.#dirty = false;
    const drawing = ++this.#drawing;
    try {
      const runs = await this.store.api.runs();
      if (drawing !== this.#drawing) return;
      const run = runs.find((known) => known.id === this.#wanted) ?? runs[0];
      if (!run) return this.#say("There are no runs yet.");
      this.runs.replaceChildren(...runs.slice(0, 100).map((known) => h("option", { value: known.id, selected: known.id === run.id }, `${known.id} · ${runTitle(known)} · ${moment(known.started)}`)));
      if (Reports.tooLarge(run)) return this.#say(`This run has ${counted(Reports.size(run), "step")}, too many to draw here. Open its report in History for a summary.`);
      const report = await this.reports.of(run);
      if (drawing !== this.#drawing) return;
      const picture = lanes(report, this.#by);
      if (picture) this.body.replaceChildren(picture);
      else this.#say("This run has no steps.");
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  #say(text) {
    this.body.replaceChildren(h("p", { class: "muted empty" }, text));
  }
}

customElements.define("pyblish-timeline", Timeline);
