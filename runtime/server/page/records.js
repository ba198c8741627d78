// The live log of everything, with its filters.

import { h, button, mark, name, put } from "./shared/dom.js";
import { cut, level, levelClass, time } from "./shared/format.js";
import { splitter } from "./splitter.js";
import "./shared/virtual-list.js";

class Log extends HTMLElement {
  #least = 20;
  #text = "";
  #dirty = true;

  setup(store) {
    this.store = store;
    this.levels = h("select", { "aria-label": "Show records from this level", onchange: () => { this.#least = Number(this.levels.value); this.draw(); } },
      ...[[0, "All levels"], [20, "Info and above"], [30, "Warnings and above"], [40, "Errors only"]].map(([value, text]) => h("option", { value, selected: value === 20 }, text)));
    this.search = h("input", { type: "search", placeholder: "Search ( / )", "aria-label": "Search records", autocomplete: "off", oninput: () => { this.#text = this.search.value.trim().toLowerCase(); this.draw(); } });
    this.follow = button("Jump to latest", () => this.list.toEnd(), { class: "quiet" });
    this.list = document.createElement("virtual-list");
    this.whole = h("div", { class: "whole", hidden: true });
    this.empty = h("p", { class: "muted empty" }, "Nothing was logged yet.");
    this.list.setup({
      label: "Log records", role: "grid",
      make: (row) => {
        const [plugin, instance] = [h("bdi", { class: "plugin" }), h("bdi", { class: "instance" })];
        const parts = { time: h("time"), level: h("span", { class: "level" }), who: h("span", { class: "who" }, plugin, instance), said: h("bdi", { class: "said" }) };
        row.parts = { ...parts, plugin, instance };
        row.append(...Object.values(parts).map((part) => h("span", { class: `cell ${part.className}-cell`, role: "gridcell" }, part)));
      },
      fill: (row, { record }) => {
        mark(row, "class", `row record ${levelClass(record.level)}`);
        put(row.parts.time, time(record.created));
        put(row.parts.level, level(record.level));
        put(row.parts.plugin, String(record.plugin).slice(0, 200));
        put(row.parts.instance, String(record.instance ?? "").slice(0, 200));
        put(row.parts.said, record.message.slice(0, 500));
      },
      activate: (item) => this.#open(item.record),
      act: (key, item) => key === "Enter" && (this.#open(item.record), true),
    });
    const box = h("div", { class: "box" }, this.list);
    box.append(splitter({ owner: box, name: "who", label: "Width of the column of plug-ins", from: 15, to: 70 }));
    this.append(h("div", { class: "filter" }, this.search, this.levels, this.follow), this.empty, box, this.whole);
    this.draw();
  }

  update(dirty) {
    if (dirty.all || dirty.log) this.#dirty = true;
    if (this.#dirty && this.checkVisibility()) this.draw();
  }

  draw() {
    this.#dirty = false;
    const wasAtEnd = this.list.atEnd;
    const { records } = this.store;
    const wanted = (record) => record.level >= this.#least &&
      (!this.#text || `${record.message}\n${record.plugin}\n${record.instance ?? ""}`.toLowerCase().includes(this.#text));
    this.list.items = records.filter(wanted).map((record) => ({ key: record, record }));
    this.empty.hidden = this.list.items.length > 0;
    put(this.empty, records.length ? "No record fits this filter." : "Nothing was logged yet.");
    if (wasAtEnd) this.list.toEnd();
  }

  #open(record) {
    const { location } = record;
    this.whole.hidden = false;
    this.whole.replaceChildren(
      h("div", { class: "line" }, h("strong", {}, level(record.level)), " ", name(cut(`${record.plugin}${record.instance ? ` · ${record.instance}` : ""}`, 400)), " ", name(cut(record.logger, 200), { class: "muted" }),
        button("Close", () => { this.whole.hidden = true; this.list.focus(); }, { class: "quiet" })),
      h("pre", { dir: "auto", tabindex: "0" }, cut(record.message, 20_000)),
      location ? h("p", { class: "muted" }, cut(`${location.file}:${location.line}`, 1000)) : "",
      record.traceback ? h("pre", { tabindex: "0" }, cut(record.traceback, 20_000)) : "",
    );
  }
}

customElements.define("pyblish-log", Log);
