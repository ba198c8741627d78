// All runs of the studio, the latest first, as they come.

import { h, button, mark, put } from "./shared/dom.js";
import { moment } from "./shared/format.js";
import { setState, stateBox } from "./shared/icons.js";
import { runState } from "./shared/run-words.js";
import "./shared/virtual-list.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { query } from "./filters.js";
import { Paged } from "./paged.js";
import { counts, outcome, subject, took } from "./words.js";

/** How near to the end of the list the next page is read, in rows. */
const NEAR = 60;

/** The columns, with their headings. */
const COLUMNS = [["what", "What"], ["outcome", "Outcome"], ["user", "User"], ["machine", "Machine"], ["tool", "Adapter"], ["took", "Took"], ["when", "Began"]];

class Runs extends HTMLElement {
  #asked = null;
  #refreshing = null;
  #again = false;

  setup() {
    this.filters = document.createElement("hub-filters");
    this.filters.setup((filters, isSmall) => address.go(address.link("runs", null, filters), isSmall));
    this.said = h("p", { class: "muted", role: "status" });
    this.list = document.createElement("virtual-list");
    this.list.setup({
      label: "Runs", role: "grid",
      make: (row) => {
        row.parts = Object.fromEntries(COLUMNS.map(([name]) => [name, h("bdi", { class: "text" })]));
        row.parts.state = stateBox("idle");
        row.append(h("span", { class: "cell state-cell", role: "gridcell" }, row.parts.state),
          ...COLUMNS.map(([name]) => h("span", { class: `cell ${name}-cell`, role: "gridcell" }, row.parts[name])));
      },
      fill: (row, { run }) => this.#fill(row, run),
      activate: ({ run }) => address.go(address.link("runs", run.id)),
      act: (key, { run }) => key === "Enter" && (address.go(address.link("runs", run.id)), true),
    });
    this.list.addEventListener("scroll", () => this.#near(), { passive: true });
    this.heads = h("div", { class: "heads", "aria-hidden": "true" }, h("span", { class: "state-cell" }), COLUMNS.map(([name, label]) => h("span", { class: `${name}-cell` }, label)));
    this.empty = h("p", { class: "muted empty" });
    this.box = h("div", { class: "listing" }, this.heads, this.list);
    this.append(this.filters, this.said, this.empty, this.box);
    this.runs = new Paged((page) => api.runs({ ...this.#asked, ...page }), () => this.#draw());
  }

  #fill(row, run) {
    mark(row, "class", `row run-row ${run.failed ? "with-failures" : ""}`);
    setState(row.parts.state, runState(run));
    put(row.parts.what, subject(run));
    put(row.parts.outcome, run.state === "running" ? "running" : counts(run) || outcome(run));
    put(row.parts.user, run.user ?? "");
    put(row.parts.machine, run.machine);
    put(row.parts.tool, run.host && run.host !== subject(run) ? run.host : run.adapter);
    put(row.parts.took, took(run));
    put(row.parts.when, moment(run.started));
  }

  /** What the feed must tell of. */
  feed = { names: "runStarted,runEnded" };

  show({ filters }) {
    this.filters.show(filters);
    const asked = query(filters);
    if (JSON.stringify(asked) === JSON.stringify(this.#asked)) return this.refresh();
    this.#asked = asked;
    this.runs.clear();
    this.list.scrollTop = 0;
    return this.runs.more();
  }

  /** Once somebody is let in. */
  opened() {
    this.filters.look();
  }

  told() {
    this.refresh();
  }

  /** Reads the latest runs again, and those that are shown as running. */
  refresh() {
    if (this.#refreshing) {
      this.#again = true;
      return this.#refreshing;
    }
    this.#refreshing = this.#refresh().finally(() => {
      this.#refreshing = null;
      if (this.#again) {
        this.#again = false;
        this.refresh();
      }
    });
    return this.#refreshing;
  }

  async #refresh() {
    const { list, runs } = this;
    try {
      const isAway = list.scrollTop > 0;
      const before = list.scrollHeight;
      const fresh = await runs.refresh();
      // What comes in front does not move what somebody is reading.
      if (isAway && fresh) list.scrollTop += list.scrollHeight - before;
      const known = runs.items.slice(50).filter(({ state }) => state === "running").slice(0, 20);
      if (known.length) runs.replace(await Promise.all(known.map(({ id }) => api.run(id))));
    } catch (problem) {
      runs.problem = problem;
      this.#draw();
    }
  }

  #near() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    const row = scrollHeight / Math.max(1, this.runs.items.length);
    if (this.runs.hasMore && !this.runs.problem && scrollHeight - scrollTop - clientHeight < NEAR * row) this.runs.more();
  }

  #draw() {
    const { items, total, problem } = this.runs;
    this.list.items = items.map((run) => ({ key: run.id, run }));
    if (total !== null) mark(this.list, "aria-rowcount", total);
    put(this.said, this.runs.said("run"));
    this.box.hidden = items.length === 0;
    this.empty.hidden = items.length > 0;
    const isFiltered = Object.keys(this.#asked ?? {}).length > 0;
    if (problem) this.empty.replaceChildren(`${problem.title}: ${problem.message} `, button("Try again", () => this.runs.more(), { class: "quiet" }));
    else put(this.empty, total === null ? "Reading …" : isFiltered ? "No run fits these filters." : "Nothing was published yet. A machine sends what it does once it has “hub” in its configuration.");
    this.#near();
  }

  /** The field that `/` leads to. */
  get search() {
    return this.filters.search;
  }

  focusList() {
    this.list.focus();
  }
}

customElements.define("hub-runs", Runs);
