// What happens right now: which runs are running, which of them seem to be stuck, and which sessions
// are open.

import { h, name } from "./shared/dom.js";
import { count, counted, cut, duration } from "./shared/format.js";
import { stateBox } from "./shared/icons.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { nothing, table } from "./table.js";
import { ago, subject } from "./words.js";

/** How often to look, in milliseconds: a run becomes slow without an event. */
const LOOK = 5000;

/** How many open sessions are listed. */
const SESSIONS = 500;

/** After how many seconds without a word a session counts as silent. */
const SILENT = 180;

class Now extends HTMLElement {
  #timer = null;
  #key = "";

  setup() {
    this.said = h("div", { class: "title", role: "status" });
    this.running = h("div", {});
    this.sessions = h("div", {});
    this.append(this.said, h("section", {}, h("h3", {}, "Running"), this.running), h("section", {}, h("h3", {}, "Open sessions"), this.sessions));
  }

  feed = { names: "runStarted,runEnded,hostLost,hostFound" };

  show() {
    return this.refresh();
  }

  told() {
    this.refresh();
  }

  async refresh() {
    clearTimeout(this.#timer);
    try {
      const [running, sessions] = await Promise.all([api.running(), api.sessions({ open: true, limit: SESSIONS })]);
      this.#draw(running.items, sessions);
    } catch (problem) {
      this.said.replaceChildren(stateBox("failed"), h("h2", {}, `${problem.title}: ${problem.message}`));
    }
    if (this.checkVisibility()) this.#timer = setTimeout(() => this.refresh(), LOOK);
  }

  #draw(running, sessions) {
    const stuck = running.filter((run) => run.stuck);
    // Drawn anew only if something is different, so that the focus stays.
    const key = JSON.stringify([running.map((run) => [run.id, run.stuck, run.plugin, run.progress, Math.round(run.elapsed / 10)]), sessions.items.map((one) => [one.id, ago(one.heard)])]);
    if (key === this.#key) return;
    this.#key = key;
    const silent = sessions.items.filter((one) => Date.now() / 1000 - one.heard > SILENT).length;
    const words = stuck.length ? `${counted(stuck.length, "run")} may be stuck` : running.length ? "Nobody seems to be stuck" : "Nothing is running";
    this.said.replaceChildren(stateBox(stuck.length ? "failed" : running.length ? "working" : "idle"), h("h2", {}, words));
    this.running.replaceChildren(running.length ? table("Running runs", [
      { label: "What", cell: (run) => h("a", { href: address.link("runs", run.id) }, name(cut(subject(run), 200))) },
      { label: "Well?", cell: verdict },
      { label: "User", cell: (run) => name(run.user ?? "") },
      { label: "Machine", cell: (run) => name(run.machine) },
      { label: "At work", cell: (run) => [name(cut(run.plugin ?? "", 200)), run.instance && [" on ", name(cut(run.instance, 200))]] },
      { label: "Progress", isNumber: true, cell: (run) => (run.progress === null ? "" : `${Math.round(run.progress * 100)} %`) },
      { label: "For", isNumber: true, cell: (run) => duration(Math.max(0, run.elapsed) * 1000) },
      { label: "Usual", isNumber: true, cell: (run) => (run.usual === null ? "" : duration(run.usual * 1000)) },
    ], [...stuck, ...running.filter((run) => !run.stuck)]) : nothing("No run is running."));
    this.sessions.replaceChildren(
      h("p", { class: "muted" }, sessions.total === 1 ? "1 session is open" : `${sessions.estimated ? "about " : ""}${count(sessions.total)} sessions are open`, silent ? `, ${count(silent)} of them silent` : "",
        sessions.total > SESSIONS ? `; the ${SESSIONS} heard of last are listed` : "", "."),
      sessions.items.length ? table("Open sessions", [
        { label: "Session", cell: (one) => h("a", { href: address.link("runs", null, { session: one.id }) }, name(cut(one.session, 200))) },
        { label: "Machine", cell: (one) => name(one.machine) },
        { label: "Adapter", cell: (one) => name(`${one.adapter} ${one.adapterVersion}`) },
        { label: "Show", cell: (one) => name([one.project, one.task].filter(Boolean).join(" · ")) },
        { label: "Heard of", cell: (one) => h("span", { class: Date.now() / 1000 - one.heard > SILENT ? "bad" : "" }, ago(one.heard)) },
        { label: "Lost events", isNumber: true, cell: (one) => (one.lost ? count(one.lost) : "") },
      ], sessions.items) : "");
  }
}

/** Whether a run seems to be well, in words. */
function verdict(run) {
  if (run.stuck === "silent") return h("span", { class: "bad" }, `nothing heard for ${duration(run.silent * 1000)}`);
  if (run.stuck === "slow") return h("span", { class: "bad" }, "much longer than usual");
  return "yes";
}

customElements.define("hub-now", Now);
