// How often each plug-in fails, and how long it takes, over weeks.

import { h, button, name, put } from "./shared/dom.js";
import { count, counted, cut, duration, moment } from "./shared/format.js";
import { icon } from "./shared/icons.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { bars, caption, day, weeksOf } from "./chart.js";
import { nothing, table } from "./table.js";

const PERIODS = [["28", "Four weeks"], ["91", "A quarter"], ["364", "A year"]];
const PAUSE = 350;

const share = (part, whole) => (whole ? `${((part / whole) * 100).toFixed(part && part / whole < 0.1 ? 1 : 0)} %` : "");
const mean = (item) => (item.results ? item.total / item.results : 0);

/** The charts of a plug-in: how much failed in each week, and how long it took. */
function charts(item, days) {
  const weeks = weeksOf(item.weeks, days);
  const failed = bars(weeks.map((week) => week && { value: week.failed / Math.max(1, week.results), words: `week from ${day(week.from)}: ${week.failed} of ${week.results} failed` }),
    { label: `Failures of ${item.plugin} in each of ${weeks.length} weeks: ${count(item.failed)} of ${counted(item.results, "result")}`, kind: "failed" });
  const times = bars(weeks.map((week) => week && { value: mean(week), words: `week from ${day(week.from)}: ${duration(mean(week))}` }),
    { label: `Time of ${item.plugin} in each of ${weeks.length} weeks: ${duration(mean(item))} in the mean`, kind: "took" });
  return { failed, times, weeks };
}

class Plugins extends HTMLElement {
  #asked = null;
  #reading = 0;
  #timer = null;

  setup() {
    this.search = h("input", { type: "search", placeholder: "Name of a plug-in ( / )", "aria-label": "Name of a plug-in", autocomplete: "off", oninput: () => this.#typed() });
    this.days = h("select", { "aria-label": "Over", onchange: () => this.#choose({ days: this.days.value }) }, PERIODS.map(([value, text]) => h("option", { value }, text)));
    this.said = h("p", { class: "muted", role: "status" });
    this.body = h("div", {});
    this.append(h("div", { class: "filter" }, this.search, this.days), this.said, this.body);
  }

  feed = null;

  show({ id, filters }) {
    this.#asked = { id, name: filters.name ?? "", days: PERIODS.some(([days]) => days === filters.days) ? filters.days : "28" };
    this.days.value = this.#asked.days;
    this.search.hidden = id !== null;
    if (this.search !== document.activeElement) this.search.value = this.#asked.name;
    return id === null ? this.#all() : this.#one(id);
  }

  refresh() {}

  told() {}

  #typed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#choose({ name: this.search.value.trim() }, true), PAUSE);
  }

  #choose(change, isSmall = false) {
    const { id, ...filters } = this.#asked;
    address.go(address.link("plugins", id, { ...filters, ...change }), isSmall);
  }

  async #all() {
    const reading = ++this.#reading;
    const { name: part, days } = this.#asked;
    try {
      const page = await api.plugins({ days, name: part, limit: 200 });
      if (reading !== this.#reading) return;
      const items = [...page.items];
      const draw = (next) => {
        put(this.said, page.total === 1 ? "1 plug-in" : `${count(page.total)} plug-ins, those that failed most often first`);
        this.body.replaceChildren(items.length ? table("Plug-ins", this.#columns(Number(days)), items) : nothing(part ? "No plug-in of that name ran." : "No plug-in ran in this time."),
          next ? button("More", async () => {
            const more = await api.plugins({ days, name: part, limit: 200, after: next });
            items.push(...more.items);
            draw(more.next);
          }) : "");
      };
      draw(page.next);
    } catch (problem) {
      if (reading === this.#reading) this.#fail(problem);
    }
  }

  #columns(days) {
    const drawn = new Map();
    const of = (item) => drawn.get(item) ?? drawn.set(item, charts(item, days)).get(item);
    return [
      { label: "Plug-in", cell: (item) => h("a", { href: address.link("plugins", item.plugin, { days: String(days) }) }, name(cut(item.plugin, 200))) },
      { label: "Results", isNumber: true, cell: (item) => count(item.results) },
      { label: "Failed", isNumber: true, cell: (item) => h("span", { class: item.failed ? "bad" : "" }, item.failed ? `${count(item.failed)} (${share(item.failed, item.results)})` : "0") },
      { label: "By week", kind: "chart-cell", cell: (item) => of(item).failed },
      { label: "Mean time", isNumber: true, cell: (item) => duration(mean(item)) },
      { label: "By week", kind: "chart-cell", cell: (item) => of(item).times },
      { label: "Longest", isNumber: true, cell: (item) => duration(item.longest) },
    ];
  }

  async #one(plugin) {
    const reading = ++this.#reading;
    const { days } = this.#asked;
    document.title = `${plugin} – Pyblish studio`;
    try {
      const [page, messages] = await Promise.all([api.plugins({ days, name: plugin, limit: 1000 }), api.failures({ days, plugin })]);
      if (reading !== this.#reading) return;
      const item = page.items.find((known) => known.plugin === plugin);
      put(this.said, "");
      const back = h("p", {}, h("a", { href: address.link("plugins", null, { days }) }, icon("undo"), "All plug-ins"));
      const heading = h("h2", {}, name(cut(plugin, 300)));
      if (!item) return this.body.replaceChildren(back, heading, nothing("It did not run in this time."));
      const { failed, times, weeks } = charts(item, Number(days));
      const known = weeks.filter(Boolean);
      const worst = Math.max(...known.map((week) => week.failed / Math.max(1, week.results)), 0);
      this.body.replaceChildren(back, heading,
        h("p", {}, `${counted(item.results, "result")}, ${count(item.failed)} failed (${share(item.failed, item.results)}); ${duration(mean(item))} in the mean, ${duration(item.longest)} at most. `,
          h("a", { href: address.link("runs", null, { plugin }) }, "The runs in which it failed")),
        h("div", { class: "charts" },
          h("figure", {}, failed, caption("Share that failed, by week", share(worst * 1000, 1000) || "0 %")),
          h("figure", {}, times, caption("Mean time, by week", duration(Math.max(...known.map(mean), 0))))),
        h("section", {}, h("h3", {}, "What it says when it fails"), messages.items.length ? table("Messages", [
          { label: "Message", cell: (one) => name(cut(one.message ?? "(no message)", 500)) },
          { label: "How often", isNumber: true, cell: (one) => count(one.count) },
          { label: "Last", cell: (one) => moment(one.last) },
          { label: "Runs", cell: (one) => h("a", { href: address.link("runs", null, { plugin, q: quoted(one.message ?? "") }) }, "Show") },
        ], messages.items) : nothing("It did not fail in this time.")),
        h("section", {}, h("h3", {}, "Week by week"), table("Weeks", [
          { label: "Week from", cell: (week) => day(week.from) },
          { label: "Results", isNumber: true, cell: (week) => count(week.results) },
          { label: "Failed", isNumber: true, cell: (week) => `${count(week.failed)} (${share(week.failed, week.results)})` },
          { label: "Mean time", isNumber: true, cell: (week) => duration(mean(week)) },
        ], known.reverse())));
    } catch (problem) {
      if (reading === this.#reading) this.#fail(problem);
    }
  }

  #fail(problem) {
    put(this.said, `${problem.title}: ${problem.message}`);
    this.body.replaceChildren();
  }
}

/** A message as words that follow each other, for the search; long ones are cut between words. */
function quoted(message) {
  const words = message.replace(/"/g, " ").slice(0, 120).trim();
  return words && `"${message.length > 120 ? words.replace(/\s+\S*$/, "") : words}"`;
}

customElements.define("hub-plugins", Plugins);
