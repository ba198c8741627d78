// One run: how it ended, where it is from, what failed, its results and its timeline.

import { h, button, mark, name, put } from "./shared/dom.js";
import { count, counted, cut, duration, moment } from "./shared/format.js";
import { icon, setState, stateBox } from "./shared/icons.js";
import { copyable } from "./shared/copy.js";
import { lanes } from "./shared/lanes.js";
import { shortMarkdown } from "./shared/markdown.js";
import { recordList } from "./shared/record-list.js";
import { runState } from "./shared/run-words.js";
import "./shared/virtual-list.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { Paged } from "./paged.js";
import { facts, plugins, published, summary } from "./provenance.js";
import { ago, counts, outcome, subject } from "./words.js";

/** How many failures are shown, and with how many results a timeline is drawn. */
const FAILURES = 50;
const DRAWN = 20_000;

class Run extends HTMLElement {
  #id = null;
  #run = null;
  #reading = null;
  #again = false;
  /** How many results the timeline shows. */
  #drawn = null;

  setup() {
    this.heading = h("h2", { tabindex: "-1" });
    this.state = stateBox("idle");
    this.said = h("p", { class: "muted", role: "status" });
    this.downloads = h("div", { class: "links" });
    this.body = h("div", { class: "sections" });
    this.facts = section("Where it is from");
    this.made = section("Published");
    this.problems = section("Problems");
    this.table = section("Plug-ins");
    this.time = section("Timeline");
    this.results = section("Results");
    this.open = h("div", { class: "whole", hidden: true });
    this.list = document.createElement("virtual-list");
    this.list.setup({
      label: "Results", role: "grid",
      make: (row) => {
        row.parts = { state: stateBox("idle"), plugin: h("bdi", { class: "text" }), instance: h("bdi", { class: "text" }), message: h("bdi", { class: "text muted" }), took: h("span", { class: "took" }) };
        row.append(...Object.entries(row.parts).map(([part, element]) => h("span", { class: `cell result-${part}`, role: "gridcell" }, element)));
      },
      fill: (row, { result }) => {
        mark(row, "class", "row result-row");
        setState(row.parts.state, result.error ? "failed" : result.records?.some(({ level }) => level >= 30) ? "warned" : "succeeded");
        put(row.parts.plugin, String(result.plugin).slice(0, 200));
        put(row.parts.instance, String(result.instance ?? "").slice(0, 200));
        put(row.parts.message, String(result.error?.message ?? "").slice(0, 300));
        put(row.parts.took, duration(result.duration));
      },
      activate: ({ result }) => this.#open(result),
      act: (key, { result }) => key === "Enter" && (this.#open(result), true),
    });
    this.list.addEventListener("scroll", () => this.#near(), { passive: true });
    this.results.body.append(this.listing = h("div", { class: "listing results-listing" }, this.list), this.open);
    this.append(h("p", {}, h("a", { href: "#/runs", onclick: (event) => this.#back(event) }, icon("undo"), "All runs")),
      h("div", { class: "title" }, this.state, this.heading), this.said, this.downloads, this.body);
    this.body.append(...[this.problems, this.made, this.facts, this.table, this.time, this.results].map(({ element }) => element));
  }

  /** Back to the list with its filters, if it was there before. */
  #back(event) {
    if (history.length < 2 || !this.fromList) return;
    event.preventDefault();
    history.back();
  }

  /** What the feed must tell of: nothing of a run that has ended. */
  get feed() {
    return this.#run?.state === "running" ? { session: this.#run.sessionId, names: "runStarted,runEnded,result" } : null;
  }

  async show({ id }) {
    if (id === this.#id) return this.refresh();
    this.#id = id;
    this.#run = null;
    this.#drawn = null;
    this.open.hidden = true;
    this.body.hidden = true;
    this.downloads.replaceChildren();
    put(this.heading, "Reading …");
    put(this.said, "");
    this.paged = new Paged(async (page) => {
      const { items, ...rest } = await api.results(id, page);
      return { ...rest, items: items.map((item) => ({ ...item, id: item.sequence })) };
    }, () => this.#drawResults());
    await this.refresh();
    if (this.#id === id) this.heading.focus({ preventScroll: true });
  }

  told() {
    this.refresh();
  }

  /** Reads all again, once at a time. */
  refresh() {
    if (this.#reading) {
      this.#again = true;
      return this.#reading;
    }
    this.#reading = this.#read(this.#id).finally(() => {
      this.#reading = null;
      if (this.#again) {
        this.#again = false;
        this.refresh();
      }
    });
    return this.#reading;
  }

  async #read(id) {
    try {
      const [run, failed, table] = await Promise.all([api.run(id), api.results(id, { success: false, limit: FAILURES }), api.runPlugins(id)]);
      if (id !== this.#id) return this.refresh();
      this.#run = run;
      this.#drawHead(run);
      this.#drawProblems(run, failed);
      this.table.body.replaceChildren(h("p", { class: "muted" }, summary(table.items)), plugins(table.items));
      this.body.hidden = false;
      // A running run gets more results at its end.
      const total = table.items.reduce((sum, item) => sum + item.results, 0);
      if (this.paged.total === null) await this.paged.more();
      else if (total !== this.paged.total) {
        const top = this.list.scrollTop;
        this.paged.clear();
        await this.paged.more();
        this.list.scrollTop = top;
      }
      await this.#drawTime(run, total);
    } catch (problem) {
      if (id !== this.#id) return;
      if (this.#run === null) {
        setState(this.state, "failed");
        put(this.heading, problem.title);
      }
      put(this.said, problem.message);
    }
  }

  #drawHead(run) {
    setState(this.state, runState(run));
    const title = `${subject(run)}: ${outcome(run)}`;
    put(this.heading, title);
    document.title = `${title} – Pyblish studio`;
    const heard = run.state === "running" ? `; heard of ${ago(run.heard)}` : "";
    put(this.said, [run.user && `by ${run.user}`, `on ${run.machine}`, `began ${moment(run.started)}`, counts(run)].filter(Boolean).join(", ") + heard);
    const file = `run-${run.id}`;
    if (!this.downloads.children.length) {
      this.downloads.replaceChildren(...[["html", "Report"], ["json", "JSON"], ["junit", "JUnit"]].map(([format, label]) =>
        h("a", { class: "button", href: api.reportAddress(run.id, format), download: `${file}.${format === "junit" ? "xml" : format}` }, icon("download"), label)));
    }
    this.facts.body.replaceChildren(facts(run));
    const list = published(run);
    this.made.element.hidden = list === null;
    if (list) this.made.body.replaceChildren(list);
  }

  #drawProblems(run, failed) {
    this.problems.element.hidden = failed.total === 0 && !run.reason;
    const key = JSON.stringify([failed.total, run.reason]);
    if (this.problems.key === key) return;
    this.problems.key = key;
    this.problems.body.replaceChildren(
      run.reason ? h("p", {}, h("strong", {}, "Reason: "), name(cut(run.reason, 2000))) : "",
      ...failed.items.map(({ result }) => problem(result)),
      failed.total > failed.items.length ? h("p", { class: "muted" }, `The first ${count(failed.items.length)} of ${count(failed.total)}; all of them are among the results.`) : "");
  }

  async #drawTime(run, total) {
    if (this.#drawn === total) return;
    this.#drawn = total;
    const say = (text) => this.time.body.replaceChildren(h("p", { class: "muted" }, text));
    if (!total) return say("This run has no steps yet.");
    if (total > DRAWN) return say(`This run has ${counted(total, "step")}, too many to draw here.`);
    try {
      const report = await api.report(run.id);
      if (run.id === this.#run?.id) this.time.body.replaceChildren(lanes(report, "plugin") ?? "");
    } catch (problem) {
      say(problem.message);
    }
  }

  #drawResults() {
    const { items, total, problem } = this.paged;
    this.list.items = items.map(({ id, result }) => ({ key: id, result }));
    if (total !== null) mark(this.list, "aria-rowcount", total);
    // As high as its rows, up to what the style sheet allows.
    this.listing.style.height = `${Math.max(1, items.length) * 2.1 + 0.2}rem`;
    put(this.results.number, total === null ? "" : count(total));
    if (problem) put(this.said, problem.message);
    this.#near();
  }

  #near() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    if (this.paged.hasMore && !this.paged.problem && scrollHeight - scrollTop - clientHeight < 1000) this.paged.more();
  }

  /** Shows all of one result. */
  #open(result) {
    this.open.hidden = false;
    this.open.replaceChildren(
      h("div", { class: "line" }, h("strong", {}, name(cut(result.plugin, 200))), result.instance && [" on ", name(cut(result.instance, 200))], h("span", { class: "muted" }, `${duration(result.duration)}, ${moment(result.started)}`),
        button("Close", () => { this.open.hidden = true; this.list.focus(); }, { class: "quiet" })),
      result.error ? problem(result) : h("p", {}, "It succeeded."),
      result.records?.length ? recordList(result.records) : "");
    this.open.scrollIntoView({ block: "nearest" });
  }
}

/** A part of the page with a heading. */
function section(label) {
  const body = h("div", {});
  const number = h("span", { class: "muted" });
  return { element: h("section", {}, h("h3", {}, label, " ", number), body), body, number };
}

/** What failed, in the words of the artist, with the details of the developer. */
function problem(result) {
  const { error } = result;
  return h("article", { class: "problem" },
    h("h4", {}, stateBox("failed"), name(cut(error.title || result.plugin, 300)), result.instance && h("span", { class: "muted" }, " on ", name(cut(result.instance, 200)))),
    shortMarkdown(error.message ?? "", 4000, { class: "message" }),
    h("p", { class: "muted" }, "found by ", h("a", { href: address.link("plugins", result.plugin) }, name(cut(result.plugin, 200)))),
    (error.detail || error.traceback) && h("details", {}, h("summary", {}, "Details"),
      error.detail && shortMarkdown(error.detail, 20_000), error.traceback && copyable(cut(error.traceback, 20_000), "Copy traceback")));
}

customElements.define("hub-run", Run);
