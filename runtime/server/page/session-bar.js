// The sessions of this program, and the state of the selected session's host.

import { h, button, mark, name, put } from "./dom.js";
import { cut, hour, sceneName } from "./format.js";
import { icon } from "./icons.js";
import * as api from "./api.js";
import * as theme from "./theme.js";

/** How often the list of sessions is read, in milliseconds. */
const LOOK = 4000;

class SessionBar extends HTMLElement {
  #timer = null;

  /** `choose(id)` shows another session; `help()` shows the keys. */
  setup(choose, help) {
    this.choose = choose;
    this.list = h("nav", { class: "sessions", "aria-label": "Sessions" });
    this.words = h("p", { class: "host", role: "status" });
    this.append(
      h("h1", {}, icon("check", "logo"), h("span", {}, "Pyblish")), this.list, this.words,
      h("div", { class: "tools" },
        h("button", { type: "button", class: "quiet square", "aria-label": "Keys", title: "Keys ( ? )", onclick: help }, icon("question")),
        h("button", { type: "button", class: "quiet square", "aria-label": "Dark or light", title: "Dark or light", onclick: theme.toggle }, icon("theme"))),
    );
    document.addEventListener("visibilitychange", () => this.look());
  }

  set store(store) {
    this.current = store;
    this.update();
  }

  /** Reads the list of sessions, repeatedly while the page is visible. */
  async look() {
    clearTimeout(this.#timer);
    let sessions = null;
    try {
      sessions = await api.sessions();
      this.#draw(sessions);
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.update();
    if (!document.hidden) this.#timer = setTimeout(() => this.look(), this.problem ? 1000 : LOOK);
    return sessions;
  }

  #draw(sessions) {
    const key = JSON.stringify(sessions.map((session) => [session.id, session.state, session.adapter, sceneName(session), session.id === this.current?.id]));
    if (key === this.list.key) return;
    this.list.key = key;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.session : null;
    this.list.hidden = sessions.length < 2;
    this.list.replaceChildren(...sessions.map((session) => {
      const { id, state } = session;
      const scene = sceneName(session);
      const chosen = id === this.current?.id;
      const words = { idle: "connected", busy: "busy", down: "gone" }[state] ?? state;
      return h("button", { type: "button", class: `session ${state}`, "data-session": id, "aria-current": chosen ? "true" : null, onclick: () => this.choose(id) },
        h("span", { class: "lamp", "aria-hidden": "true" }), name(cut(scene ? `${id}: ${scene}` : id, 80)), h("span", { class: "unseen" }, `, ${words}`));
    }));
    if (focused) this.list.querySelector(`[data-session="${CSS.escape(focused)}"]`)?.focus();
  }

  update() {
    const { text, state } = this.#state();
    put(this.words, text);
    mark(this.words, "data-state", state);
  }

  #state() {
    const store = this.current;
    if (this.problem && (!store || store.connection !== "open")) return { text: this.problem.message, state: "down" };
    if (!store) return { text: "Looking for sessions …", state: "busy" };
    const { session } = store;
    if (store.connection === "lost") {
      const text = store.problem?.status === 404 ? "This session was closed. If it is opened again, the page continues with it."
        : store.problem?.status === 401 ? store.problem.message : "The connection was lost; trying again. Runs continue.";
      return { text, state: "down" };
    }
    if (!session) return { text: "Opening …", state: "busy" };
    const host = session.hosts[0] ?? session.adapter;
    // What was stopped by force is the adapter; the host itself lives on.
    if (session.state === "down" && session.failure?.searching === false) return { text: `Not connected to ${host}`, state: "down" };
    if (session.state === "down") return { text: `${host} is gone`, state: "down" };
    if (session.state === "busy") return { text: `${host} is busy${session.since ? ` since ${hour(session.since)}` : ""}`, state: "busy" };
    return { text: `Connected to ${host}${store.scene ? `: ${cut(store.scene, 80)}` : ""}`, state: "idle" };
  }
}

customElements.define("pyblish-session-bar", SessionBar);
