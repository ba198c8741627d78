// The overview: instances by family and plug-ins by stage, each with its state and its checkbox.

import { h, button, name, put } from "./shared/dom.js";
import { labelsOf, namesakes } from "./cards.js";
import { count, counted, cut } from "./shared/format.js";
import { applies, groupOf, leftOut, stageOf, STAGES, STAGE_NAMES } from "./rules.js";
import { fillRow, makeRow } from "./overview-row.js";
import { splitter } from "./splitter.js";
import { together } from "./states.js";
import "./shared/virtual-list.js";

/** Milliseconds between two updates of values that depend on thousands of results, during a run. */
const TOGETHER = 250;

/** How many plug-ins that are not used are listed. */
const NOT_USED = 200;

class Overview extends HTMLElement {
  #folded = new Set();
  #all = false;
  #text = "";
  #only = "";
  /** The instances by name, to tell those of one name apart. */
  #namesakes = new Map();

  /** `select(kind, id)` shows the details of something. */
  setup(store, commands, select) {
    Object.assign(this, { store, commands, select });
    this.search = h("input", {
      type: "search", placeholder: "Search ( / )", "aria-label": "Search instances and plug-ins", spellcheck: "false", autocomplete: "off",
      oninput: () => this.#filter(),
      onkeydown: (event) => this.#leaveSearch(event),
    });
    this.state = h("select", { "aria-label": "Show only this state", onchange: () => this.#filter() },
      ...[["", "All"], ["failed", "Failed"], ["warned", "Warnings"], ["succeeded", "Succeeded"], ["partly", "Not finished"], ["idle", "Not run"], ["out", "Left out"]]
        .map(([value, label]) => h("option", { value }, label)));
    this.summary = h("span", { class: "muted", role: "status" });
    this.instances = this.#list("Instances");
    this.plugins = this.#list("Plug-ins");
    this.notUsed = h("details", { class: "not-used", hidden: true }, h("summary"), h("ul"));
    this.hiddenNote = button("", () => { this.#all = !this.#all; this.draw(); }, { class: "quiet" });
    const instances = h("section", { class: "column instances" }, h("h2", {}, "Instances ", this.summary), this.instances);
    instances.append(splitter({ owner: instances, name: "names", label: "Width of the names", from: 20, to: 80 }));
    this.append(
      h("div", { class: "filter" }, this.search, this.state), instances,
      splitter({ owner: this, name: "lists", label: "Width of the instances", from: 20, to: 80 }),
      h("section", { class: "column plugins" }, h("h2", {}, "Plug-ins ", this.hiddenNote), this.plugins, this.notUsed),
    );
    this.draw();
  }

  #list(label) {
    const list = document.createElement("virtual-list");
    list.setup({
      label,
      make: (row) => makeRow(row, (item, box) => this.#toggle(item, box), (item) => this.#fold(item)),
      fill: (row, item) => fillRow(row, this.#shown(item)),
      activate: (item) => this.#open(item),
      act: (key, item) => this.#act(key, item, list),
    });
    return list;
  }

  /** Updates what has changed. */
  update(dirty) {
    if (dirty.all || dirty.structure || dirty.session && this.#wasCollected !== this.store.collected) return this.draw();
    // With a filter, each result may show or hide a row.
    if (this.#only && (dirty.instance.size || dirty.plugin.size)) return void (this.#now() && this.draw());
    const groups = this.#now();
    if (dirty.instance.size || dirty.context) {
      this.instances.refresh((item) => (item.kind === "instance" ? dirty.instance.has(item.id) : groups));
      this.#summarize();
    }
    if (dirty.plugin.size) this.plugins.refresh((item) => (item.kind === "plugin" ? dirty.plugin.has(item.id) : groups));
  }

  /** Whether it is time to update totals: a few times a second, however many results arrive. */
  #now() {
    if (!this.store.running) return true;
    const now = performance.now();
    if (now - this.#grouped < TOGETHER) {
      this.#timer ??= setTimeout(() => {
        this.#timer = null;
        this.draw();
      }, TOGETHER);
      return false;
    }
    this.#grouped = now;
    return true;
  }
  #grouped = 0;
  #timer = null;
  #wasCollected = null;

  draw() {
    this.#namesakes = namesakes(this.store);
    this.#wasCollected = this.store.collected;
    this.instances.items = this.#instanceItems();
    this.plugins.items = this.#pluginItems();
    this.#summarize();
    this.#drawNotUsed();
  }

  /** What was found and does not take part, for those who miss a plug-in. */
  #drawNotUsed() {
    const { leftOut: notUsed } = this.store;
    if (this.notUsed.shown === notUsed) return;
    this.notUsed.shown = notUsed;
    this.notUsed.hidden = !notUsed.length;
    const [summary, list] = this.notUsed.children;
    put(summary, `${counted(notUsed.length, "plug-in")} not used here`);
    list.replaceChildren(...notUsed.slice(0, NOT_USED).map(({ name: plugin, file, reason }) =>
      h("li", { title: file ?? "" }, name(cut(plugin ?? file ?? "", 300)), ": ", cut(reason, 1000))));
    if (notUsed.length > NOT_USED) list.append(h("li", {}, `and ${counted(notUsed.length - NOT_USED, "more")}`));
  }

  #summarize() {
    const out = this.store.out.size;
    put(this.summary, this.store.instances.size ? `${count(this.store.instances.size)}${out ? `, ${count(out)} left out` : ""}` : "none yet");
  }

  #filter() {
    this.#text = this.search.value.trim().toLowerCase();
    this.#only = this.state.value;
    this.draw();
  }

  #leaveSearch(event) {
    if (event.key === "Escape") {
      this.search.value = "";
      this.#filter();
    }
    if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      const list = this.instances.items.some((item) => item.kind === "instance") ? this.instances : this.plugins;
      const first = list.items.find((item) => item.kind === "instance" || item.kind === "plugin");
      list.focus();
      if (first) list.show(first.key);
    }
  }

  #found(...texts) {
    return !this.#text || texts.some((text) => text?.toLowerCase().includes(this.#text));
  }

  #instanceItems() {
    const groups = new Map();
    for (const instance of this.store.instances.values()) {
      const state = this.store.states.instance(instance.id);
      if (this.#only && state !== this.#only) continue;
      const family = groupOf(instance.data);
      const label = instance.data.label;
      if (!this.#found(instance.name, family, typeof label === "string" ? label : "")) continue;
      if (!groups.has(family)) groups.set(family, []);
      groups.get(family).push(instance.id);
    }
    const items = this.#text || this.#only ? [] : [{ key: "context", kind: "context" }];
    for (const [family, ids] of [...groups].sort(([one], [other]) => (one < other ? -1 : 1))) {
      const key = `g:${family}`;
      items.push({ key, kind: "group", family, ids });
      if (!this.#folded.has(key)) for (const id of ids) items.push({ key: `i:${id}`, kind: "instance", id });
    }
    return items;
  }

  #pluginItems() {
    const families = this.store.states.plan.familySets;
    const { collected } = this.store;
    let hidden = 0;
    const stages = new Map();
    for (const plugin of this.store.plugins) {
      const state = this.store.states.settledPlugin(plugin.id);
      if (this.#only && (plugin.active ? state : "out") !== this.#only) continue;
      if (!this.#found(plugin.name, plugin.label, ...plugin.families)) continue;
      if (collected && state === "idle" && !applies(plugin, families)) {
        hidden += 1;
        if (!this.#all && !this.#text) continue;
      }
      const stage = stageOf(plugin);
      if (!stages.has(stage)) stages.set(stage, []);
      stages.get(stage).push(plugin.id);
    }
    this.hiddenNote.hidden = hidden === 0;
    put(this.hiddenNote.firstChild, this.#all ? "Hide those that do not apply" : `Show ${counted(hidden, "more", "more")} that ${hidden === 1 ? "does" : "do"} not apply`);
    const items = [];
    for (const stage of STAGES.filter((stage) => stages.has(stage))) {
      const [key, ids] = [`s:${stage}`, stages.get(stage)];
      items.push({ key, kind: "stage", stage, ids });
      if (!this.#folded.has(key)) for (const id of ids) items.push({ key: `p:${id}`, kind: "plugin", id });
    }
    return items;
  }

  /** The content of a row. */
  #shown(item) {
    const { store } = this;
    switch (item.kind) {
      case "context":
        return { level: 1, state: store.states.context(), name: "Context", note: "shared by all instances" };
      case "group":
      case "stage": {
        const isGroup = item.kind === "group";
        const states = item.ids.map((id) => (isGroup ? store.states.instance(id) : store.states.plugin(id)));
        const bad = states.filter((state) => state === "failed").length;
        const isIn = (id) => (isGroup ? !leftOut(store.instances.get(id) ?? { data: {} }) : store.plugin(id)?.active);
        const boxes = isGroup ? item.ids : item.ids.filter((id) => store.plugin(id)?.optional);
        const within = boxes.filter(isIn).length;
        return {
          level: 1, group: true, folded: this.#folded.has(item.key), item,
          state: together(states),
          name: isGroup ? item.family : STAGE_NAMES[item.stage],
          note: bad ? `${bad} failed of ${item.ids.length}` : String(item.ids.length),
          bad: bad > 0,
          box: boxes.length ? { checked: within > 0, mixed: within > 0 && within < boxes.length, label: "all of" } : null,
        };
      }
      case "instance": {
        const instance = store.instances.get(item.id);
        if (!instance) return { level: 2, state: "idle", name: "" };
        const { label } = instance.data;
        const { apart } = labelsOf([item.id], store, this.#namesakes).get(item.id);
        return {
          level: 2, item, state: store.states.instance(item.id), name: instance.name, stages: store.states.stages(item.id),
          note: apart || (typeof label === "string" && label !== instance.name ? label : ""),
          box: { checked: !leftOut(instance), label: "publish", waits: this.#waits(`instance:${item.id}`) },
        };
      }
      default: {
        const plugin = store.plugin(item.id);
        if (!plugin) return { level: 2, state: "idle", name: "" };
        const failed = store.states.failedCount(item.id);
        return {
          level: 2, item, state: store.states.plugin(item.id), name: plugin.label || plugin.name, bad: failed > 0,
          note: failed ? `${failed} failed` : plugin.active ? "" : "off",
          box: plugin.optional ? { checked: plugin.active, label: "use", waits: this.#waits(`plugin:${item.id}`) } : null,
        };
      }
    }
  }

  /**
   * Whether a change waits for the running plug-in; otherwise it is done at once, and the next may
   * follow.
   */
  #waits(key) {
    return this.store.busy && this.store.pending.has(key);
  }

  #toggle(item, checked) {
    const { store, commands } = this;
    const instances = (ids) => ids.map((id) => store.instances.get(id)).filter(Boolean);
    const plugins = (ids) => ids.map((id) => store.plugin(id)).filter((plugin) => plugin?.optional);
    switch (item.kind) {
      case "instance": return commands.take(instances([item.id]), checked);
      case "group": return commands.take(instances(item.ids), checked);
      case "plugin": return commands.takePlugins(plugins([item.id]), checked);
      case "stage": return commands.takePlugins(plugins(item.ids), checked);
    }
  }

  #fold(item, folded = !this.#folded.has(item.key)) {
    if (folded) this.#folded.add(item.key);
    else this.#folded.delete(item.key);
    this.draw();
  }

  #open(item) {
    if (item.kind === "group" || item.kind === "stage") this.#fold(item);
    else this.select(item.kind, item.id ?? null);
  }

  #act(key, item, list) {
    const isGroup = item.kind === "group" || item.kind === "stage";
    if (key === " ") {
      const { box } = this.#shown(item);
      if (box && !box.waits) this.#toggle(item, !box.checked);
    } else if (key === "Enter") this.#open(item);
    else if (key === "ArrowRight" && isGroup) this.#fold(item, false);
    else if (key === "ArrowLeft" && isGroup) this.#fold(item, true);
    else if (key === "ArrowLeft") {
      const above = list.items.slice(0, list.items.indexOf(item)).findLast((other) => other.kind === "group" || other.kind === "stage");
      if (above) list.show(above.key);
    } else return false;
    return true;
  }
}

customElements.define("pyblish-overview", Overview);
