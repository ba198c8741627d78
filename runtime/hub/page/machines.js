// The machines of the studio, and which of them are silent.

import { h, name, put } from "./shared/dom.js";
import { count, counted, cut } from "./shared/format.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { nothing, table } from "./table.js";
import { ago } from "./words.js";

/** After how many seconds without a word a machine with an open session is silent. */
const SILENT = 180;

/** How often to look, in milliseconds: a machine becomes silent without an event. */
const LOOK = 15_000;

const since = (machine) => Date.now() / 1000 - (machine.heard ?? 0);
const isSilent = (machine) => machine.openSessions > 0 && since(machine) > SILENT;

class Machines extends HTMLElement {
  #timer = null;
  #text = "";
  #items = [];

  setup() {
    this.search = h("input", { type: "search", placeholder: "Name of a machine ( / )", "aria-label": "Name of a machine", autocomplete: "off", oninput: () => address.go(address.link("machines", null, { name: this.search.value.trim() }), true) });
    this.said = h("p", { class: "muted", role: "status" });
    this.body = h("div", {});
    this.append(h("div", { class: "filter" }, this.search), this.said, this.body);
  }

  feed = { names: "runStarted,runEnded" };

  show({ filters }) {
    this.#text = filters.name ?? "";
    if (this.search !== document.activeElement) this.search.value = this.#text;
    this.#draw();
    return this.refresh();
  }

  told() {
    this.refresh();
  }

  async refresh() {
    clearTimeout(this.#timer);
    try {
      const items = [];
      let after = null;
      do {
        const page = await api.machines({ limit: 1000, after });
        items.push(...page.items);
        after = page.next;
      } while (after !== null);
      this.#items = items;
      this.#draw();
    } catch (problem) {
      put(this.said, `${problem.title}: ${problem.message}`);
    }
    if (this.checkVisibility()) this.#timer = setTimeout(() => this.refresh(), LOOK);
  }

  #draw() {
    const wanted = this.#text.toLowerCase();
    const shown = this.#items.filter((machine) => machine.name.toLowerCase().includes(wanted));
    shown.sort((one, other) => isSilent(other) - isSilent(one) || (other.heard ?? 0) - (one.heard ?? 0));
    const silent = shown.filter(isSilent).length;
    put(this.said, `${counted(shown.length, "machine")}${silent ? `, ${count(silent)} silent with an open session` : ""}`);
    this.body.replaceChildren(shown.length ? table("Machines", [
      { label: "Machine", cell: (machine) => h("a", { href: address.link("runs", null, { machine: machine.name }) }, name(cut(machine.name, 200))) },
      { label: "Heard of", cell: (machine) => (machine.heard === null ? h("span", { class: "muted" }, "never") : h("span", { class: isSilent(machine) ? "bad" : "" }, ago(machine.heard), isSilent(machine) ? ", silent" : "")) },
      { label: "Open sessions", isNumber: true, cell: (machine) => count(machine.openSessions) },
      { label: "Runs", isNumber: true, cell: (machine) => count(machine.runs) },
      { label: "Known since", cell: (machine) => new Date(machine.added * 1000).toLocaleDateString() },
    ], shown) : nothing(this.#items.length ? "No machine has that name." : "No machine has a token yet."));
  }
}

customElements.define("hub-machines", Machines);
