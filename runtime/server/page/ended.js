// What is shown where a session cannot be: what happened, and what to press next.

import { h, button, mark, name } from "./shared/dom.js";
import { icon, stateBox } from "./shared/icons.js";
import * as settings from "./shared/storage.js";
import { sessionName } from "./session-name.js";

const IN_HOST = "In your host, choose Publish in its menu: that opens a new page.";
const IN_TERMINAL = "If you started Pyblish in a terminal, enter there: pyblish-endpoint open";

/** Whether the address has a code, which the server did not accept. */
const hasCode = () => new URLSearchParams(location.search).has("code");

/** This browser has been let in. */
export const noteKnown = () => settings.write("known", "yes");

/** Why there is nothing to show, in words; null if it may still come by itself. */
function reasonOf(problem, sessions, { isChosen, isOpen, closed }) {
  if (problem?.status === 401) {
    if (hasCode()) return { title: "This address was used already, or is too old", text: "An address opens the page in one browser, once, within five minutes.", steps: [IN_HOST, IN_TERMINAL] };
    if (settings.read("known")) {
      return { title: "This page has ended", text: "Pyblish was closed or started again since. A run that was under way was interrupted; the new page offers to continue it if the host still has what it collected.", steps: [IN_HOST, IN_TERMINAL] };
    }
    return { title: "This browser is not known", text: "Only a browser that comes from your host or terminal may see what you publish.", steps: [IN_HOST, IN_TERMINAL] };
  }
  if (problem?.status === 404) {
    const others = sessions?.length ? ["Or choose another session:"] : [];
    return { title: "This session was closed", text: "Its host was closed, or somebody closed the session. If it opens again, this page goes on by itself.", steps: [IN_HOST, ...others], sessions };
  }
  if (problem && problem.status === 0 && closed) {
    return { title: `${closed} was closed`, text: "Pyblish has ended together with it.", steps: [`Open ${closed} again, and choose Publish in its menu: that opens a new page.`], isBanner: isOpen };
  }
  if (problem && problem.status === 0) {
    const text = "The program does not answer. It may have ended, together with the host or with its terminal. This page tries again by itself.";
    return { title: isOpen ? "The connection was lost" : "Pyblish does not answer", text, steps: [`If the host was closed, open it again. ${IN_HOST}`, "If you started Pyblish in a terminal, start it there again."], isBanner: isOpen };
  }
  if (problem) return { title: problem.title ?? "The page cannot go on", text: problem.message, steps: [IN_HOST] };
  if (!isChosen && sessions && !sessions.length) return { title: "No session is open", text: "As soon as one opens, this page shows it.", steps: [IN_HOST, "In a terminal, start one with: pyblish-endpoint serve"] };
  return null;
}

class Ended extends HTMLElement {
  #key = "";

  /** `choose(id)` shows another session. */
  setup(choose) {
    this.choose = choose;
    this.hidden = true;
    this.said = h("div", { role: "alert" });
    this.append(this.said);
  }

  /**
   * Shows why there is nothing to show. `sessions` are those that can be chosen instead; `isChosen`
   * and `isOpen` are whether there is a session, and whether the page has read it; `closed` is the
   * host, if it has ended. Answers whether the views must be hidden.
   */
  show(problem, sessions, known) {
    const reason = reasonOf(problem, sessions, known);
    const key = JSON.stringify([reason?.title, reason?.text, reason?.sessions?.map((session) => session.id)]);
    this.hidden = reason === null;
    if (key !== this.#key) {
      this.#key = key;
      this.said.replaceChildren(...(reason ? this.#parts(reason) : []));
    }
    const isAll = reason !== null && !reason.isBanner;
    this.classList.toggle("banner", reason !== null && !isAll);
    // It takes the place of the views, or stands above them.
    mark(this, "role", isAll ? "main" : "region");
    mark(this, "aria-label", "What happened");
    return isAll;
  }

  #parts({ title, text, steps, sessions = [] }) {
    return [
      h("div", { class: "title" }, stateBox("failed"), h("h2", {}, title)),
      h("p", {}, text),
      h("ul", {}, steps.map((step) => h("li", {}, step))),
      h("div", { class: "buttons" },
        button("Try again", () => location.reload(), {}, icon("refresh")),
        (sessions ?? []).map((session) => button("", () => this.choose(session.id), {}, name(sessionName(session))))),
    ];
  }
}

customElements.define("pyblish-ended", Ended);
