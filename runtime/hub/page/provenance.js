// Where something is from: who, when, from which scene, with which adapter and plug-ins.

import { h, name } from "./shared/dom.js";
import { count, counted, cut, duration, moment } from "./shared/format.js";
import { runTitle } from "./shared/run-words.js";
import { copyButton } from "./shared/copy.js";
import * as address from "./address.js";
import { took, version } from "./words.js";

/** A line of a list of facts; none without a value. */
function fact(label, ...value) {
  const shown = value.flat().filter((part) => part !== null && part !== undefined && part !== "" && part !== false);
  return shown.length ? [h("dt", {}, label), h("dd", {}, shown)] : [];
}

const filtered = (key, value) => value && h("a", { href: address.link("runs", null, { [key]: value }) }, name(cut(value, 200)));

/** The facts of a run. */
export function facts(run) {
  const facts = run.info.facts ?? {};
  const digest = facts.adapterDigest;
  return h("dl", { class: "facts" },
    fact("Who", filtered("user", run.user)),
    fact("Machine", filtered("machine", run.machine)),
    fact("When", moment(run.started), run.ended ? `, for ${took(run)}` : ""),
    fact("What", runTitle(run.info), run.info.targets?.length ? `, with the targets ${run.info.targets.join(", ")}` : ""),
    fact("Show", filtered("project", run.project), run.task ? " · " : "", filtered("task", run.task)),
    fact("Scene", facts.scene && name(cut(facts.scene, 1000))),
    fact("Host", filtered("host", run.host), facts.hostVersion ? ` ${facts.hostVersion}` : ""),
    fact("Adapter", filtered("adapter", run.adapter), facts.adapterVersion ? ` ${facts.adapterVersion}` : ""),
    fact("Digest", digest && [h("code", {}, `${digest.slice(0, 16)}…`), " ", copyButton("Copy", () => digest)]),
    fact("Comment", run.comment && h("q", {}, name(cut(run.comment, 2000)))),
    fact("Left out", facts.leftOut?.length ? facts.leftOut.map((part) => `${part.name} (by ${part.by})`).join(", ") : null),
    fact("Policy", facts.policy?.length ? facts.policy.map((rule) => `${rule.plugin}: ${rule.change}`).join("; ") : null),
    fact("Session", h("a", { href: address.link("runs", null, { session: run.sessionId }) }, name(run.session)), ` · run ${run.runId}`));
}

/** What a run published, each with a link to where it is from. */
export function published(run) {
  if (!run.published.length) return null;
  return h("ul", { class: "plain" }, run.published.map((item, position) => h("li", {},
    h("a", { href: address.link("versions", `${run.id}-${position}`) }, name(cut(item.name, 200)), item.version !== null && ` ${version(item.version)}`),
    h("span", { class: "muted" }, name(cut(item.path, 500)), item.unchanged && " (unchanged)"))));
}

/** The plug-ins of a run, with how long they took. */
export function plugins(items) {
  if (!items.length) return h("p", { class: "muted" }, "No plug-in has a result.");
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Plug-ins of the run" }, h("table", {},
    h("thead", {}, h("tr", {}, ["Plug-in", "Results", "Failed", "In total", "Longest"].map((text, index) => h("th", { scope: "col", class: index ? "number" : "" }, text)))),
    h("tbody", {}, items.map((item) => h("tr", {},
      h("th", { scope: "row" }, h("a", { href: address.link("plugins", item.plugin) }, name(cut(item.plugin, 200)))),
      h("td", { class: "number" }, count(item.results)), h("td", { class: `number ${item.failed ? "bad" : ""}` }, count(item.failed)),
      h("td", { class: "number" }, duration(item.total)), h("td", { class: "number" }, duration(item.longest)))))));
}

/** How many plug-ins and results there were, in words. */
export const summary = (items) => `${counted(items.length, "plug-in")}, ${counted(items.reduce((sum, item) => sum + item.results, 0), "result")}`;
