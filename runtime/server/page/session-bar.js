// The sessions of this program, and the state of the selected session's host.

import { h, button, mark, name, put } from "./shared/dom.js";
import { cut, hour, wasStopped } from "./shared/format.js";
import { icon } from "./shared/icons.js";
import { hostLabel, sessionName } from "./session-name.js";
import * as api from "./api.js";
import * as theme from "./shared/theme.js";

/** How often the list of sessions is read, in milliseconds. */
const LOOK = 4000;

class SessionBar extends HTMLElement {
  #timer = null;

  /** `choose(id)` shows another session; `help()` shows the keys; `looked()` is called after a look. */
  setup(choose, help, looked) {
    Object.assign(this, { choose, looked });
    this.sessions = null;
    this.problem = null;
    this.setAttribute("role", "banner");
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
      this.sessions = sessions;
      this.problem = null;
    } catch (problem) {
      this.problem = problem;
    }
    this.update();
    this.looked();
    if (!document.hidden) this.#timer = setTimeout(() => this.look(), this.problem ? 1000 : LOOK);
    return sessions;
  }

  #draw(sessions) {
    const key = JSON.stringify(sessions.map((session) => [session.id, session.state, this.#name(session, sessions), session.id === this.current?.id]));
    if (key === this.list.key) return;
    this.list.key = key;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.dataset.session : null;
    this.list.hidden = sessions.length < 2;
    this.list.replaceChildren(...sessions.map((session) => {
      const { id, state } = session;
      const chosen = id === this.current?.id;
      const words = { idle: "connected", busy: "busy", down: "gone" }[state] ?? state;
      return h("button", { type: "button", class: `session ${state}`, "data-session": id, "aria-current": chosen ? "true" : null, onclick: () => this.choose(id) },
        h("span", { class: "lamp", "aria-hidden": "true" }), name(cut(this.#name(session, sessions), 120)), h("span", { class: "unseen" }, `, ${words}`));
    }));
    if (focused) this.list.querySelector(`[data-session="${CSS.escape(focused)}"]`)?.focus();
  }

  /** The name of a session; where two have the same, with the id. */
  #name(session, sessions) {
    const is = sessionName(session);
    return sessions.some((other) => other.id !== session.id && sessionName(other) === is) ? `${is} (${session.id})` : is;
  }

  update() {
    const { text, state } = this.#state();
    put(this.words, text);
    mark(this.words, "data-state", state);
  }

  #state() {
    const store = this.current;
    if (!store && this.problem) return { text: this.problem.status === 401 ? "Not let in" : "No connection", state: "down" };
    if (!store) return { text: "Looking for sessions …", state: "busy" };
    const { session } = store;
    if (store.connection === "lost") {
      if (session?.state === "down" && session.failure?.searching) return { text: `${hostLabel(session)} was closed`, state: "down" };
      const text = { 404: "The session was closed", 401: "This page has ended" }[store.problem?.status] ?? "The connection was lost; trying again";
      return { text, state: "down" };
    }
    if (!session) return { text: "Opening …", state: "busy" };
    const host = sessionName(session);
    if (session.state === "down" && wasStopped(session)) return { text: `Not connected to ${host}`, state: "down" };
    if (session.state === "down") return { text: `${host} is gone`, state: "down" };
    if (session.state === "busy") return { text: `${host} is busy${session.since ? ` since ${hour(session.since)}` : ""}`, state: "busy" };
    return { text: `Connected to ${host}`, state: "idle" };
  }
}

customElements.define("pyblish-session-bar", SessionBar);
