// What was published, and where each version is from.

import { h, button, mark, name, put } from "./shared/dom.js";
import { cut, moment } from "./shared/format.js";
import { icon, stateBox } from "./shared/icons.js";
import "./shared/virtual-list.js";
import * as address from "./address.js";
import * as api from "./api.js";
import { Paged } from "./paged.js";
import { facts, plugins, summary } from "./provenance.js";
import { version } from "./words.js";

const PAUSE = 350;

class Versions extends HTMLElement {
  #asked = null;
  #shown = 0;
  #timer = null;

  setup() {
    this.search = h("input", { type: "search", placeholder: "Name of what was published ( / )", "aria-label": "Name of what was published", autocomplete: "off", oninput: () => this.#typed(true) });
    this.number = h("input", { type: "text", class: "short", inputmode: "numeric", placeholder: "Version", "aria-label": "Version", oninput: () => this.#typed(true) });
    this.project = h("input", { type: "text", placeholder: "Show", "aria-label": "Show", oninput: () => this.#typed(true) });
    this.said = h("p", { class: "muted", role: "status" });
    this.empty = h("p", { class: "muted empty" });
    this.list = document.createElement("virtual-list");
    this.list.setup({
      label: "Versions", role: "grid",
      make: (row) => {
        row.parts = Object.fromEntries(["what", "number", "path", "user", "machine", "when"].map((part) => [part, h("bdi", { class: "text" })]));
        row.append(...Object.entries(row.parts).map(([part, element]) => h("span", { class: `cell ${part}-cell`, role: "gridcell" }, element)));
      },
      fill: (row, { item }) => {
        mark(row, "class", "row version-row");
        put(row.parts.what, item.name);
        put(row.parts.number, version(item.version));
        put(row.parts.path, [item.project, item.path].filter(Boolean).join(" · "));
        put(row.parts.user, item.user ?? "");
        put(row.parts.machine, item.machine);
        put(row.parts.when, moment(item.started));
      },
      activate: ({ item }) => address.go(address.link("versions", item.id)),
      act: (key, { item }) => key === "Enter" && (address.go(address.link("versions", item.id)), true),
    });
    this.list.addEventListener("scroll", () => this.#near(), { passive: true });
    this.box = h("div", { class: "listing" }, this.list);
    this.all = h("div", { class: "fill" }, h("div", { class: "filter" }, this.search, this.number, this.project), this.said, this.empty, this.box);
    this.one = h("div", { class: "one", hidden: true });
    this.append(this.all, this.one);
    this.paged = new Paged(async (page) => {
      const { items, ...rest } = await api.versions({ ...this.#asked, ...page });
      return { ...rest, items: items.map((item) => ({ ...item, id: `${item.run}-${item.position}` })) };
    }, () => this.#draw());
  }

  feed = { names: "runEnded" };

  show({ id, filters }) {
    this.all.hidden = id !== null;
    this.one.hidden = id === null;
    if (id !== null) return this.#show(id);
    const { q = "", version = "", project = "" } = filters;
    for (const [field, value] of [[this.search, q], [this.number, version], [this.project, project]]) if (field !== document.activeElement) field.value = value;
    const asked = { q, version: /^\d+$/.test(version) ? version : "", project };
    if (JSON.stringify(asked) === JSON.stringify(this.#asked)) return this.refresh();
    this.#asked = asked;
    this.paged.clear();
    return this.paged.more();
  }

  told() {
    if (this.one.hidden) this.refresh();
  }

  refresh() {
    // The connection's own message says what is wrong.
    return this.one.hidden ? this.paged.refresh().catch(() => {}) : null;
  }

  #typed(isSmall) {
    clearTimeout(this.#timer);
    const filters = { q: this.search.value.trim(), version: this.number.value.trim().replace(/^v0*(?=\d)/, ""), project: this.project.value.trim() };
    this.#timer = setTimeout(() => address.go(address.link("versions", null, filters), isSmall), PAUSE);
  }

  #near() {
    const { scrollTop, clientHeight, scrollHeight } = this.list;
    if (this.paged.hasMore && !this.paged.problem && scrollHeight - scrollTop - clientHeight < 2000) this.paged.more();
  }

  #draw() {
    const { items, total, problem } = this.paged;
    this.list.items = items.map((item) => ({ key: item.id, item }));
    if (total !== null) mark(this.list, "aria-rowcount", total);
    put(this.said, this.paged.said("version"));
    this.box.hidden = items.length === 0;
    this.empty.hidden = items.length > 0;
    put(this.empty, problem ? `${problem.title}: ${problem.message}` : total === null ? "Reading …" : "No version fits.");
    this.#near();
  }

  /** Where one version is from. */
  async #show(id) {
    const showing = ++this.#shown;
    this.one.replaceChildren(h("p", { class: "muted" }, "Reading …"));
    const [runId, position] = id.split("-");
    try {
      const [run, table] = await Promise.all([api.run(runId), api.runPlugins(runId)]);
      if (showing !== this.#shown) return;
      const item = run.published[Number(position)];
      if (!item) throw new Error("The run did not publish this.");
      const title = `${item.name} ${version(item.version)}`.trim();
      document.title = `${title} – Pyblish studio`;
      const heading = h("h2", { tabindex: "-1" }, name(cut(title, 300)));
      this.one.replaceChildren(
        h("p", {}, h("a", { href: "#/versions" }, icon("undo"), "All versions")),
        h("div", { class: "title" }, stateBox(run.state === "succeeded" ? "succeeded" : "warned"), heading),
        h("p", { class: "muted" }, name(cut(item.path, 1000)), item.unchanged ? " – it was there already, with the same content" : ""),
        h("div", { class: "links" }, h("a", { href: address.link("runs", run.id) }, "The run that published it"), h("a", { href: address.link("versions", null, { q: item.name }) }, "All its versions")),
        h("section", {}, h("h3", {}, "Where it is from"), facts(run)),
        h("section", {}, h("h3", {}, "Plug-ins that checked and made it"), h("p", { class: "muted" }, summary(table.items)), plugins(table.items)));
      heading.focus({ preventScroll: true });
    } catch (problem) {
      if (showing !== this.#shown) return;
      this.one.replaceChildren(h("p", {}, h("a", { href: "#/versions" }, "All versions")), h("p", { class: "bad" }, problem.message), button("Try again", () => this.#show(id), { class: "quiet" }));
    }
  }
}

customElements.define("hub-versions", Versions);
