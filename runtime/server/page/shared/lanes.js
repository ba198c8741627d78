// The picture of a run's timeline: a line for each plug-in or instance, with a bar for each time that
// it ran. It is drawn from the report of the run.

import { h, name } from "./dom.js";
import { counted, cut, duration } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";

/** How many lines are drawn, the longest ones. */
const LINES = 150;

/** The width of the picture in units; bars that are closer together are joined. */
const WIDTH = 1000;

/** The picture, with a line for each `plugin` or `instance`; null for a run without steps. */
export function lanes(report, by) {
  const all = linesOf(report.results, by);
  if (!all.length) return null;
  const whole = Math.max(report.timeline.elapsed, ...all.map((line) => line.end), 0.001);
  const shown = all.slice(0, LINES);
  const stages = report.timeline.stages.filter(({ stage }) => stage);
  const rows = shown.map((line) => h("li", { class: "lane" },
    h("span", { class: "who" }, name(cut(line.label, 200))),
    bars(line, whole),
    h("span", { class: "took" }, duration(line.total))));
  const slowest = [...report.results].sort((one, other) => other.duration - one.duration).slice(0, 10);
  return h("div", {},
    h("p", {}, h("strong", {}, duration(report.timeline.elapsed)), " in total; plug-ins ran for ", h("strong", {}, duration(report.timeline.busy)), "."),
    h("ul", { class: "legend" }, stages.map(({ stage, total }) => h("li", {}, h("span", { class: `swatch ${stage}` }), `${stage} ${duration(total)}`)), h("li", {}, h("span", { class: "swatch failed" }), "failed")),
    axis(whole),
    h("ul", { class: "lanes" }, rows),
    all.length > LINES && h("p", { class: "muted" }, `The longest ${LINES} of ${all.length}.`),
    h("h2", {}, "The longest steps"),
    h("ol", { class: "plain slowest" }, slowest.map((result) => h("li", {},
      h("span", { class: "took" }, duration(result.duration)), " ", name(cut(result.label, 200)), result.instance && [" on ", name(cut(result.instance, 200))]))),
  );
}

/** The steps of each plug-in or instance: plug-ins in order, instances with the longest first. */
function linesOf(results, by) {
  const lines = new Map();
  for (const result of results) {
    const isPlugin = by === "plugin";
    const key = isPlugin ? result.pluginId ?? result.plugin : result.instanceId ?? "";
    let line = lines.get(key);
    if (!line) lines.set(key, (line = { label: isPlugin ? result.label : result.instance ?? "Context", results: [], total: 0, end: 0 }));
    line.results.push(result);
    line.total += result.duration;
    line.end = Math.max(line.end, result.start + result.duration);
  }
  const all = [...lines.values()];
  if (by === "plugin" && all.length <= LINES) return all;
  return all.sort((one, other) => other.total - one.total);
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
