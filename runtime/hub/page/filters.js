// The filters of the runs. Each is in the address.

import { h, button, put } from "./shared/dom.js";
import * as api from "./api.js";

const STATES = [
  ["", "Any state"], ["running", "Running"], ["succeeded", "Succeeded"], ["failed,stopped,lost,interrupted", "Not succeeded"],
  ["failed", "Had failures"], ["stopped", "Stopped by a failed check"], ["cancelled", "Stopped by the user"], ["lost,interrupted", "Interrupted"],
];

const TIMES = [["", "Any time"], ["1h", "Last hour"], ["24h", "Last 24 hours"], ["7d", "Last 7 days"], ["30d", "Last 30 days"], ["dates", "Between two days"]];

/** Filters by a name: their key in the address and in the API, what all of them are called, and where their names come from. */
const NAMES = [
  ["project", "Any show", "projects"], ["task", "Any task", "tasks"], ["user", "Any user", "users"], ["machine", "Any machine", "machines"],
  ["adapter", "Any adapter", "adapters"], ["host", "Any host", "hosts"], ["plugin", "Failed in any plug-in", "plugins"],
];

const KEYS = ["q", "state", "within", "from", "to", "session", ...NAMES.map(([key]) => key)];

/** How long to wait after a letter was typed, in milliseconds. */
const PAUSE = 350;

/** The filters of an address as the API takes them. */
export function query(filters) {
  const { within, from, to, ...rest } = filters;
  const asked = Object.fromEntries(Object.entries(rest).filter(([key]) => KEYS.includes(key)));
  const [, number, unit] = /^(\d{1,4})([hd])$/.exec(within ?? "") ?? [];
  if (number) asked.since = Math.floor(Date.now() / 1000) - Number(number) * (unit === "h" ? 3600 : 86400);
  // Days, as they begin and end here.
  const start = (text) => Math.floor(new Date(`${text}T00:00:00`).getTime() / 1000);
  if (from && !Number.isNaN(start(from))) asked.since = start(from);
  if (to && !Number.isNaN(start(to))) asked.until = start(to) + 86400;
  return asked;
}

class Filters extends HTMLElement {
  #timer = null;

  /** `changed(filters, isSmall)` is called when the user chooses; `isSmall` while they type. */
  setup(changed) {
    this.changed = changed;
    this.filters = {};
    this.search = h("input", { type: "search", placeholder: "Search errors and records ( / )", "aria-label": "Search errors and records", autocomplete: "off", oninput: () => this.#typed() });
    this.state = this.#select("state", "State", STATES);
    this.time = this.#select("within", "Time", TIMES);
    this.time.addEventListener("change", () => this.#showDates());
    this.from = h("input", { type: "date", "aria-label": "From this day", onchange: () => this.#set({ from: this.from.value, within: "" }) });
    this.to = h("input", { type: "date", "aria-label": "To this day", onchange: () => this.#set({ to: this.to.value, within: "" }) });
    this.dates = h("span", { class: "dates", hidden: true }, this.from, h("span", { class: "muted" }, "to"), this.to);
    this.names = new Map(NAMES.map(([key, any]) => [key, this.#select(key, any.replace(/^Any |^Failed in any /, "").replace(/^./, (first) => first.toUpperCase()), [["", any]])]));
    this.clear = button("Clear", () => this.#replace({}), { class: "quiet" });
    this.more = h("details", { class: "more" }, h("summary", {}, "Filters ", this.number = h("span", { class: "badge plain-badge", hidden: true })),
      h("div", { class: "filter" }, this.state, this.time, this.dates, ...this.names.values()));
    this.append(h("div", { class: "filter" }, this.search, this.clear), this.more);
    const wide = matchMedia("(min-width: 56rem)");
    const fit = () => { this.more.open = wide.matches; };
    wide.addEventListener("change", fit);
    fit();
  }

  #select(key, label, options) {
    return h("select", { "aria-label": label, "data-key": key, onchange: (event) => { if (event.target.value !== "dates") this.#set({ [key]: event.target.value, ...(key === "within" ? { from: "", to: "" } : {}) }); } },
      options.map(([value, text]) => h("option", { value }, text)));
  }

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#set({ q: this.search.value.trim() }, true), PAUSE);
  }

  #set(change, isSmall = false) {
    this.#replace({ ...this.filters, ...change }, isSmall);
  }

  #replace(filters, isSmall = false) {
    clearTimeout(this.#timer);
    const chosen = Object.fromEntries(Object.entries(filters).filter(([, value]) => value));
    this.show(chosen);
    this.changed(chosen, isSmall);
  }

  /** Reads which names there are. */
  async look() {
    let known;
    try {
      known = await api.choices();
    } catch {
      return; // The connection's own message says what is wrong.
    }
    for (const [key, any, kind] of NAMES) {
      const select = this.names.get(key);
      select.replaceChildren(h("option", { value: "" }, any), ...known[kind].map((value) => h("option", { value }, value)));
    }
    this.show(this.filters);
  }

  /** Shows these filters. */
  show(filters) {
    this.filters = filters;
    if (this.search !== document.activeElement) this.search.value = filters.q ?? "";
    for (const [select, value] of [[this.state, filters.state ?? ""], [this.time, filters.from || filters.to ? "dates" : filters.within ?? ""], ...[...this.names].map(([key, select]) => [select, filters[key] ?? ""])]) {
      // What nobody has used lately can still be in an address.
      if (![...select.options].some((option) => option.value === value)) select.append(h("option", { value }, value));
      select.value = value;
      select.classList.toggle("chosen", value !== "");
    }
    this.from.value = filters.from ?? "";
    this.to.value = filters.to ?? "";
    this.#showDates();
    const count = KEYS.filter((key) => key !== "q" && filters[key]).length;
    this.number.hidden = count === 0;
    put(this.number, String(count));
    this.clear.disabled = count === 0 && !filters.q;
  }

  #showDates() {
    this.dates.hidden = this.time.value !== "dates";
  }
}

customElements.define("hub-filters", Filters);
