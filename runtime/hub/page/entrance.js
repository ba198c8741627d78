// How somebody gets in whose browser the hub does not know: with a one-use code.

import { h, button } from "./shared/dom.js";
import { stateBox } from "./shared/icons.js";
import * as api from "./api.js";

/** The code in what somebody pasted: a code, or a whole address. */
const codeIn = (text) => /[0-9a-f]{64}/.exec(text)?.[0] ?? text.trim();

class Entrance extends HTMLElement {
  /** `entered()` is called when this browser is let in. */
  setup(entered) {
    this.entered = entered;
    this.hidden = true;
    this.setAttribute("role", "main");
    this.said = h("p", { class: "bad", role: "alert" });
    this.code = h("input", { type: "text", id: "code", autocomplete: "off", spellcheck: "false" });
    const form = h("form", { onsubmit: (event) => { event.preventDefault(); this.enter(codeIn(this.code.value)); } },
      h("label", { for: "code" }, "Address or code"), h("div", { class: "filter" }, this.code, h("button", { type: "submit", class: "primary" }, "Enter")));
    this.append(
      h("div", { class: "title" }, stateBox("idle"), h("h2", {}, "This browser is not known")),
      h("p", {}, "This page shows what the studio publishes, so it lets in only people with a token, and browsers that they bring."),
      h("ul", {},
        h("li", {}, "If you have a token, enter in a terminal: ", h("code", {}, `pyblish-endpoint hub open --hub ${location.origin}`)),
        h("li", {}, "If not, ask who looks after the hub: ", h("code", {}, "pyblish-endpoint hub tokens code --name YOU"), " prints an address for you.")),
      form, this.said,
      h("div", { class: "buttons" }, button("Try again", () => location.reload(), { class: "quiet" })));
  }

  /** Asks to be let in. */
  async enter(code) {
    this.said.textContent = "";
    try {
      await api.enter(code);
      this.code.value = "";
      this.entered();
    } catch (problem) {
      this.hidden = false;
      this.said.textContent = `${problem.title}: ${problem.message}`;
    }
  }
}

customElements.define("hub-entrance", Entrance);
