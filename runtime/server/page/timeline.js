// The timeline of a run: a line for each plug-in or instance, with a bar for each time that it ran.

import { h, button, name } from "./dom.js";
import { counted, cut, duration, moment } from "./format.js";
import { Reports, runTitle } from "./reports.js";

const SVG = "http://www.w3.org/2000/svg";

/** How many lines are drawn, the longest ones. */
const LINES = 150;

/** The width of the picture in units; bars that are closer together are joined. */
const WIDTH = 1000;

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
      if (drawing === this.#drawing) this.#picture(report);
    } catch (problem) {
      this.#say(problem.message);
    }
  }

  #say(text) {
    this.body.replaceChildren(h("p", { class: "muted empty" }, text));
  }

  #picture(report) {
    const lines = this.#lines(report.results);
    if (!lines.length) return this.#say("This run has no steps.");
    const whole = Math.max(report.timeline.elapsed, ...lines.map((line) => line.end), 0.001);
    const shown = lines.slice(0, LINES);
    const stages = report.timeline.stages.filter(({ stage }) => stage);
    const rows = shown.map((line) => h("li", { class: "lane" },
      h("span", { class: "who" }, name(cut(line.label, 200))),
      bars(line, whole),
      h("span", { class: "took" }, duration(line.total))));
    const slowest = [...report.results].sort((one, other) => other.duration - one.duration).slice(0, 10);
    this.body.replaceChildren(h("div", {},
      h("p", {}, h("strong", {}, duration(report.timeline.elapsed)), " in total; plug-ins ran for ", h("strong", {}, duration(report.timeline.busy)), "."),
      h("ul", { class: "legend" }, stages.map(({ stage, total }) => h("li", {}, h("span", { class: `swatch ${stage}` }), `${stage} ${duration(total)}`)), h("li", {}, h("span", { class: "swatch failed" }), "failed")),
      axis(whole),
      h("ul", { class: "lanes" }, rows),
      lines.length > LINES && h("p", { class: "muted" }, `The longest ${LINES} of ${lines.length}.`),
      h("h2", {}, "The longest steps"),
      h("ol", { class: "plain slowest" }, slowest.map((result) => h("li", {},
        h("span", { class: "took" }, duration(result.duration)), " ", name(cut(result.label, 200)), result.instance && [" on ", name(cut(result.instance, 200))]))),
    ));
  }

  /** The steps of each plug-in or instance: plug-ins in order, instances with the longest first. */
  #lines(results) {
    const lines = new Map();
    for (const result of results) {
      const isPlugin = this.#by === "plugin";
      const key = isPlugin ? result.pluginId ?? result.plugin : result.instanceId ?? "";
      let line = lines.get(key);
      if (!line) lines.set(key, (line = { label: isPlugin ? result.label : result.instance ?? "Context", results: [], total: 0, end: 0 }));
      line.results.push(result);
      line.total += result.duration;
      line.end = Math.max(line.end, result.start + result.duration);
    }
    const all = [...lines.values()];
    if (this.#by === "plugin" && all.length <= LINES) return all;
    return all.sort((one, other) => other.total - one.total);
  }
}

/** The bars of a line. */
function bars(line, whole) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} 10`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  const bad = line.results.filter((result) => !result.success).length;
  svg.setAttribute("aria-label", `${duration(line.total)} in ${counted(line.results.length, "step")}${bad ? `, ${bad} failed` : ""}`);
  for (const { from, to, kind } of joined(line.results, whole)) {
    const bar = document.createElementNS(SVG, "rect");
    bar.setAttribute("x", from.toFixed(2));
    bar.setAttribute("width", Math.max(2, to - from).toFixed(2));
    bar.setAttribute("height", "10");
    bar.setAttribute("class", kind);
    svg.append(bar);
  }
  return svg;
}

function joined(results, whole) {
  const found = [];
  for (const { start, duration: took, stage, success } of results) {
    const from = (start / whole) * WIDTH;
    const to = ((start + took) / whole) * WIDTH;
    const kind = success ? stage ?? "other" : "failed";
    const last = found.at(-1);
    if (last && last.kind === kind && from - last.to < 2) last.to = Math.max(last.to, to);
    else found.push({ from, to, kind });
  }
  return found;
}

function axis(whole) {
  const marks = [0, 0.25, 0.5, 0.75, 1].map((part) => h("span", {}, duration(whole * part)));
  return h("div", { class: "axis", "aria-hidden": "true" }, h("span"), h("div", { class: "marks" }, marks), h("span"));
}

customElements.define("pyblish-timeline", Timeline);
