// The whole page: the selected session, the selected view, and the keys that work everywhere.

import { h, mark } from "./shared/dom.js";
import { keysWindow, shortcut } from "./keys.js";
import { Commands } from "./commands.js";
import { noteKnown } from "./ended.js";
import { placeOf, wordsOf } from "./job-words.js";
import { outcome } from "./outcome.js";
import { Reports } from "./reports.js";
import { collectsAtOpening, readDefaults } from "./settings.js";
import { splitter } from "./splitter.js";
import { hostLabel, sessionName } from "./session-name.js";
import { Store } from "./store.js";
import "./details.js";
import "./history.js";
import "./jobs.js";
import { isTyping } from "./shared/typing.js";
import "./shared/notices.js";
import "./overview.js";
import "./problems.js";
import "./records.js";
import "./run-bar.js";
import "./scene-bar.js";
import "./session-bar.js";
import "./timeline.js";

const VIEWS = [
  ["overview", "Overview"], ["problems", "Problems"], ["details", "Details"], ["log", "Log"], ["timeline", "Timeline"], ["history", "History"], ["jobs", "Jobs"],
];

/** From this width on, the overview is shown beside the other views. */
const WIDE = matchMedia("(min-width: 56rem)");

class Page extends HTMLElement {
  #view = "overview";
  #store = null;
  #panels = {};

  connectedCallback() {
    this.bar = document.createElement("pyblish-session-bar");
    this.ended = document.createElement("pyblish-ended");
    this.notices = document.createElement("pyblish-notices");
    this.keys = keysWindow();
    this.tabs = h("div", { class: "tabs", role: "tablist", "aria-label": "Views", onkeydown: (event) => this.#tabKey(event) },
      VIEWS.map(([view, label]) => h("button", { type: "button", role: "tab", id: `tab-${view}`, "aria-controls": `view-${view}`, onclick: () => this.show(view, true) },
        label, h("span", { class: "badge", hidden: true }))));
    this.main = h("main", { id: "main", tabindex: "-1" });
    this.bar.setup((id) => this.#choose(id), () => this.keys.showModal(), () => this.#drawEnded());
    // Between the overview and the other views.
    this.divider = splitter({ owner: this.main, name: "overview", label: "Width of the overview", from: 20, to: 75 });
    this.ended.setup((id) => this.#choose(id));
    this.bar.prepend(h("button", { type: "button", class: "skip", onclick: () => this.#skip() }, "Skip to the problems"));
    this.append(this.bar, this.ended, this.main, this.notices, this.keys);
    document.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("hashchange", () => this.#choose(wanted()));
    WIDE.addEventListener("change", () => this.show(this.#view));
    this.#begin();
  }

  /** Chooses the session of the address, or the first one; waits until there is one. */
  async #begin() {
    const [sessions] = await Promise.all([this.bar.look(), readDefaults()]);
    if (sessions) noteKnown();
    const id = wanted();
    const known = sessions?.find((session) => session.id === id) ?? sessions?.[0];
    if (known) this.#choose(known.id);
    else setTimeout(() => this.#begin(), 1500);
  }

  /** Says what happened where there is no session, or where it has ended. */
  #drawEnded() {
    const store = this.#store;
    const isLost = store?.connection === "lost";
    const problem = store ? (isLost ? store.problem ?? UNREACHABLE : null) : this.bar.problem;
    this.main.hidden = this.ended.show(problem, this.bar.sessions?.filter((session) => session.id !== store?.id), { isChosen: Boolean(store), isOpen: Boolean(store?.session), closed: store?.session?.state === "down" && store.session.failure?.searching ? hostLabel(store.session) : null }) || !store;
  }

  /** The window's title: the state first, because tabs cut off the end. */
  #drawTitle() {
    const store = this.#store;
    if (!store?.session) return;
    const { title } = outcome(store);
    const state = store.connection === "lost" ? "No connection" : store.running ? `${this.run.percent} %` : title;
    const words = `${state} · ${sessionName(store.session)} – Pyblish`;
    if (document.title !== words) document.title = words;
  }

  #skip() {
    if (!this.#store) return;
    this.show("problems", true);
    this.#panels.problems.outcome.focus();
  }

  #choose(id) {
    if (!id || this.#store?.id === id) return;
    this.#store?.close();
    const store = new Store(id);
    this.#store = store;
    if (wanted() !== id) history.replaceState(null, "", `#${encodeURIComponent(id)}`);
    const commands = new Commands(store, (title, text) => this.notices.say(title, text));
    const reports = new Reports(store.api);
    const select = (kind, key) => {
      panels.details.show(kind, key);
      this.show("details");
    };
    const panels = Object.fromEntries(VIEWS.map(([view]) => [view, document.createElement(`pyblish-${view}`)]));
    this.#panels = panels;
    this.run = document.createElement("pyblish-run-bar");
    this.scene = document.createElement("pyblish-scene");
    panels.overview.setup(store, commands, select);
    panels.problems.setup(store, commands, select);
    panels.details.setup(store, commands, select);
    panels.log.setup(store);
    panels.timeline.setup(store, reports);
    panels.history.setup(store, reports, (run) => {
      this.show("timeline");
      panels.timeline.show(run);
    });
    panels.jobs.setup(store, commands);
    this.run.setup(store, commands, (job) => {
      panels.jobs.show(job.id);
      this.show("jobs");
    });
    store.jobs.onEnded = (job) => {
      if (job.state === "failed") this.notices.say(`${job.name} ${wordsOf(job)} ${placeOf(job)}`, "Jobs shows what happened.");
    };
    this.scene.setup(store, commands);
    this.run.prepend(this.scene);
    for (const [view] of VIEWS) {
      panels[view].id = `view-${view}`;
      panels[view].className = "view";
      mark(panels[view], "role", "tabpanel");
      mark(panels[view], "aria-labelledby", `tab-${view}`);
    }
    this.main.replaceChildren(this.tabs, ...VIEWS.map(([view]) => panels[view]), this.divider, this.run);
    this.#view = WIDE.matches ? "problems" : "overview";
    this.show(this.#view);
    this.bar.store = store;
    this.bar.look();
    let ended = null;
    store.listen((dirty) => {
      for (const panel of Object.values(panels)) panel.update(dirty);
      this.run.update(dirty);
      this.scene.update(dirty);
      if (dirty.session || dirty.all || dirty.context) {
        this.bar.update();
        this.#drawEnded();
      }
      this.#drawTitle();
      if (dirty.jobs || dirty.all) this.#drawJobsTab();
      if (dirty.all) this.#opened(store, commands);
      if (dirty.problems || dirty.structure || dirty.all || dirty.session) {
        const problems = store.toSolve;
        this.#badge(problems);
        // After a failed run, show first what to do.
        const { run } = store;
        if (store.session && ended === null) ended = store.running ? "" : run?.id ?? "";
        if (run && !store.running && run.id !== ended) {
          ended = run.id;
          if (problems > 0) this.show("problems");
        }
      }
    });
    store.load();
  }

  /** The session was read: offers an interrupted run, or collects for the first time. */
  #opened(store, commands) {
    if (this.#known.has(store.id)) return;
    this.#known.add(store.id);
    if (store.session.continuableRunId) this.show("problems");
    else if (store.canCollect && collectsAtOpening()) commands.collect();
  }
  /** The sessions that this page has opened. What others reset later, they collect themselves. */
  #known = new Set();

  /** The tab of the jobs: only where there can be some, with the number of those under way. */
  #drawJobsTab() {
    const { jobs } = this.#store;
    const tab = this.tabs.querySelector("#tab-jobs");
    tab.hidden = !jobs.isOffered;
    const badge = tab.querySelector(".badge");
    const number = jobs.unfinished.length;
    badge.hidden = number === 0;
    mark(badge, "data-state", "working");
    mark(badge, "aria-label", `${number} under way`);
    badge.textContent = String(number);
  }

  #badge(number) {
    const badge = this.tabs.querySelector("#tab-problems .badge");
    badge.hidden = number === 0;
    badge.textContent = number > 999 ? "999+" : String(number);
  }

  /** Shows a view; `isAsked` if the user chose its tab. */
  show(view, isAsked = false) {
    const wide = WIDE.matches;
    if (wide && view === "overview") {
      this.#panels.overview?.instances?.focus();
      view = this.#view === "overview" ? "problems" : this.#view;
    }
    this.#view = view;
    this.dataset.wide = wide;
    for (const [key] of VIEWS) {
      const chosen = key === view;
      const tab = this.tabs.querySelector(`#tab-${key}`);
      mark(tab, "aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      tab.hidden = wide && key === "overview" || key === "jobs" && !this.#store?.jobs.isOffered;
      const panel = this.#panels[key];
      if (!panel) continue;
      const aside = wide && key === "overview";
      panel.hidden = !chosen && !aside;
      // Beside the other views, the overview belongs to no tab.
      mark(panel, "role", aside ? "region" : "tabpanel");
      mark(panel, "aria-label", aside ? "Overview" : null);
      mark(panel, "aria-labelledby", aside ? null : `tab-${key}`);
    }
    if (isAsked) this.tabs.querySelector(`#tab-${view}`).scrollIntoView({ block: "nearest", inline: "nearest" });
    this.#panels[view]?.update({ all: false, structure: false, problems: false, log: false, session: false, context: false, jobs: true, instance: new Set(), plugin: new Set() });
  }

  #tabKey(event) {
    const tabs = [...this.tabs.querySelectorAll("[role=tab]:not([hidden])")];
    const now = tabs.indexOf(document.activeElement);
    const to = { ArrowRight: now + 1, ArrowLeft: now - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const tab = tabs[(to + tabs.length) % tabs.length];
    this.show(tab.id.replace("tab-", ""), true);
    tab.focus();
  }

  #key(event) {
    const asked = this.keys.open || this.main.hidden ? undefined : shortcut(event);
    if (asked === "next") {
      this.show("problems", true);
      this.#panels.problems.next();
    } else if (asked) this.run.press(asked);
    if (asked) return event.preventDefault();
    if (isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || this.keys.open) return;
    if (event.key === "/") {
      const own = this.#panels[this.#view]?.querySelector("input[type=search]");
      const search = own ?? this.#panels.overview?.querySelector("input[type=search]");
      if (!own && !WIDE.matches) this.show("overview");
      search?.focus();
      search?.select();
    } else if (event.key === "?") this.keys.showModal();
    else if (/^[1-7]$/.test(event.key)) {
      const [view] = VIEWS[event.key - 1];
      if (view === "jobs" && !this.#store?.jobs.isOffered) return;
      this.show(view, true);
      if (view !== "overview" || !WIDE.matches) this.tabs.querySelector(`#tab-${view}`).focus();
    } else return;
    event.preventDefault();
  }
}

/** A connection that was lost without an answer. */
const UNREACHABLE = { status: 0 };

/** The session that the address names. */
function wanted() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return ""; // The address has a typing mistake.
  }
}

customElements.define("pyblish-page", Page);
