// The whole page: who is here, which view the address names, and the keys that work everywhere.

import { h, mark, name, put } from "./shared/dom.js";
import { icon } from "./shared/icons.js";
import * as theme from "./shared/theme.js";
import { isTyping } from "./shared/typing.js";
import "./shared/notices.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { Feed } from "./feed.js";
import { keysWindow } from "./keys.js";
import "./access.js";
import "./entrance.js";
import "./filters.js";
import "./machines.js";
import "./now.js";
import "./plugins.js";
import "./run.js";
import "./runs.js";
import "./versions.js";

/** The views: their name in the address, their label, and who sees them. */
const VIEWS = [["runs", "Runs"], ["now", "Now"], ["versions", "Versions"], ["plugins", "Plug-ins"], ["machines", "Machines"], ["access", "Access"]];

/** How long to wait before asking again who this is, in milliseconds. */
const AGAIN = 2000;

class Page extends HTMLElement {
  #me = null;
  #view = null;
  #panels = {};
  #showing = 0;

  connectedCallback() {
    this.notices = document.createElement("pyblish-notices");
    this.keys = keysWindow();
    this.entrance = document.createElement("hub-entrance");
    this.entrance.setup(() => this.#begin());
    this.words = h("p", { class: "connection muted", role: "status" });
    this.who = h("span", { class: "who" });
    this.links = new Map(VIEWS.map(([view, label]) => [view, h("a", { href: `#/${view}` }, label)]));
    this.nav = h("nav", { "aria-label": "Views" }, h("ul", {}, [...this.links.values()].map((link) => h("li", {}, link))));
    this.main = h("main", { id: "main", tabindex: "-1" });
    this.append(
      h("button", { type: "button", class: "skip", onclick: () => this.#focusMain() }, "Skip to the content"),
      h("header", {},
        h("h1", {}, icon("check", "logo"), h("span", {}, "Pyblish studio")), this.nav, this.words,
        h("div", { class: "tools" }, this.who,
          h("button", { type: "button", class: "quiet square", "aria-label": "Keys", title: "Keys ( ? )", onclick: () => this.keys.showModal() }, icon("question")),
          h("button", { type: "button", class: "quiet square", "aria-label": "Dark or light", title: "Dark or light", onclick: theme.toggle }, icon("theme")))),
      this.entrance, this.main, this.notices, this.keys);
    this.feed = new Feed((state, problem) => this.#connection(state, problem));
    addEventListener("addresschange", () => this.#show());
    addEventListener("popstate", () => this.#show());
    addEventListener("hashchange", () => this.#arrive());
    document.addEventListener("keydown", (event) => this.#key(event));
    document.addEventListener("visibilitychange", () => !document.hidden && this.#view?.refresh());
    this.#arrive();
  }

  /** The address was opened: with a code, or by somebody who is known. */
  async #arrive() {
    const code = address.takeCode();
    if (code && this.#me === null) {
      // A browser that is known already needs no code.
      const known = await api.me().catch(() => null);
      if (!known) return this.entrance.enter(code);
    }
    if (this.#me === null) return this.#begin();
    if (code) this.#show();
  }

  async #begin() {
    try {
      this.#me = await api.me();
    } catch (problem) {
      return this.#refused(problem);
    }
    this.entrance.hidden = true;
    this.main.hidden = false;
    this.nav.hidden = false;
    this.links.get("access").parentElement.hidden = this.#me.role !== "admin";
    this.who.replaceChildren(name(this.#me.name), h("span", { class: "muted" }, ` (${this.#me.role}) `),
      this.#me.browser ? h("button", { type: "button", class: "quiet", onclick: () => this.#leave() }, "Leave") : "");
    for (const panel of Object.values(this.#panels)) panel.opened?.();
    this.#show();
  }

  #refused(problem) {
    this.feed.close();
    const isUnknown = problem.status === 401;
    this.entrance.hidden = !isUnknown;
    this.main.hidden = isUnknown || this.#me === null;
    this.nav.hidden = isUnknown;
    if (isUnknown) {
      this.#me = null;
      // What the last person saw is not for the next one.
      this.main.replaceChildren();
      this.#panels = {};
      this.#view = null;
      this.who.replaceChildren();
      put(this.words, "");
      document.title = "Pyblish studio";
      return;
    }
    put(this.words, problem.message);
    mark(this.words, "data-state", "lost");
    if (this.#me === null) setTimeout(() => this.#begin(), AGAIN);
  }

  async #leave() {
    try {
      await api.leave();
      this.#refused({ status: 401 });
    } catch (problem) {
      this.notices.say(problem.title, problem.message);
    }
  }

  #panel(kind) {
    let panel = this.#panels[kind];
    if (!panel) {
      panel = document.createElement(`hub-${kind}`);
      panel.className = "view";
      panel.setup();
      this.#panels[kind] = panel;
      this.main.append(panel);
      panel.opened?.();
    }
    return panel;
  }

  /** Shows what the address names. */
  async #show() {
    if (this.#me === null) return;
    const showing = ++this.#showing;
    const asked = address.read();
    const known = this.links.has(asked.view) ? asked.view : "runs";
    for (const [view, link] of this.links) mark(link, "aria-current", view === known ? "page" : null);
    document.title = `${VIEWS.find(([view]) => view === known)[1]} – Pyblish studio`;
    const kind = known === "runs" && asked.id !== null ? "run" : known;
    const view = this.#panel(kind);
    if (kind === "run") view.fromList = this.#view !== null && this.#view === this.#panels.runs;
    for (const panel of Object.values(this.#panels)) panel.hidden = panel !== view;
    const before = this.#view;
    this.#view = view;
    await view.show(asked);
    if (showing !== this.#showing) return;
    if (view.feed === null) this.feed.close();
    else if (before !== view || kind === "run") this.feed.listen(view.feed, () => view.refresh(), (events) => view.told(events));
    if (view.feed === null && this.words.dataset.state !== "lost") put(this.words, "");
  }

  #connection(state, problem) {
    if (problem?.status === 401) return this.#refused(problem);
    put(this.words, state === "open" ? "Live" : "The connection was lost; trying again");
    mark(this.words, "data-state", state);
  }

  #focusMain() {
    this.main.focus();
  }

  #key(event) {
    if (this.#me === null || this.keys.open || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    if (key === "Escape" && isTyping(event)) event.target.blur();
    else if (isTyping(event)) return;
    else if (key === "Escape" && this.#view === this.#panels.run) address.go("#/runs");
    else if (key === "/" && this.#view?.search && !this.#view.search.hidden) {
      this.#view.search.focus();
      this.#view.search.select();
    } else if (key === "?") this.keys.showModal();
    else if (/^[1-6]$/.test(key)) {
      const [view] = VIEWS[key - 1];
      const link = this.links.get(view);
      if (link.parentElement.hidden) return;
      address.go(address.link(view));
      link.focus();
    } else return;
    event.preventDefault();
  }
}

customElements.define("hub-page", Page);
